// SPDX-License-Identifier: Apache-2.0

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import org.opensearch.common.logging.LogConfigurator;
import org.opensearch.common.settings.Settings;
import org.opensearch.index.reindex.ReindexPlugin;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.painless.PainlessPlugin;
import org.opensearch.transport.Netty4Plugin;

/**
 * An OpenSearch node for tests, from the jars of Maven's registry.
 *
 * <p>The arguments are settings, {@code name=value}; {@code path.home} is
 * required. The node ends with the process, or when its standard input ends:
 * it does not survive a test that was killed.
 */
public final class TestNode extends Node {
    private TestNode(Settings settings) {
        super(
            InternalSettingsPreparer.prepareEnvironment(
                settings, Map.of(), null, () -> "node"),
            List.of(Netty4Plugin.class, ReindexPlugin.class,
                PainlessPlugin.class),
            false);
    }

    public static void main(String[] arguments) throws Exception {
        Settings.Builder builder = Settings.builder();
        for (String argument : arguments) {
            String[] parts = argument.split("=", 2);
            builder.put(parts[0], parts[1]);
        }
        Settings settings = builder.build();
        LogConfigurator.registerErrorListener();
        LogConfigurator.configureWithoutConfig(settings);
        Path.of(settings.get("path.home")).toFile().mkdirs();
        try (Node node = new TestNode(settings)) {
            node.start();
            while (System.in.read() >= 0) {
                // Nothing is expected.
            }
        }
        System.exit(0);
    }
}
