# SPDX-License-Identifier: Apache-2.0
"""Hosts on one machine: network namespaces behind one bridge.

The bridge has a namespace of its own, so that the rules and settings of the
machine's firewall hold for none of it.
"""

import contextlib
import os
import pathlib
import shutil

from cloudkitty.tests.galera import needs
from cloudkitty.tests.galera import processes

#: Of a range that is reserved for tests between networks (RFC 2544).
_SUBNET = "198.18.{}"
#: Leads, on each host, to its own database first and then to the others.
DATABASE = "database"
#: ``ip netns exec`` mounts these files over those of /etc.
_ETC = pathlib.Path("/etc/netns")


class Network:
    """Some hosts and this machine, in one subnet.

    :param stack: removes all of it.
    :param hosts: how many.
    """

    def __init__(self, stack: contextlib.ExitStack, hosts: int) -> None:
        self._stack = stack
        self._name = f"ckg{os.getpid()}"
        self._ip = needs.find("ip") or "ip"
        self._iptables = needs.find("iptables") or "iptables"
        self._subnet = _SUBNET.format(os.getpid() % 250)
        #: Of this machine.
        self.own_address = f"{self._subnet}.254"
        self.addresses = [f"{self._subnet}.{n + 1}" for n in range(hosts)]
        self._make_bridge()
        for number in range(hosts):
            self._add_host(number)
        self._add_this_machine(hosts)

    def inside(self, host: int, *command: str) -> list[str]:
        """Return the command that runs ``command`` on a host."""
        return [self._ip, "netns", "exec", self._space(host), *command]

    def cut_from_peers(self, host: int) -> None:
        """Drop all packets between a host and the other hosts."""
        for number, peer in enumerate(self.addresses):
            if number != host:
                self._drop(host, "INPUT", "-s", peer)
                self._drop(host, "OUTPUT", "-d", peer)

    def silence_port(self, host: int, port: int) -> None:
        """Drop a host's own packets to a port and the answers."""
        self._drop(host, "OUTPUT", "-p", "tcp", "--dport", str(port))
        self._drop(host, "INPUT", "-p", "tcp", "--sport", str(port))

    def heal(self, host: int) -> None:
        """Remove all rules that drop packets."""
        processes.run(*self.inside(host, self._iptables, "-w", "-F"))

    def _drop(self, host: int, chain: str, *match: str) -> None:
        processes.run(
            *self.inside(
                *(host, self._iptables, "-w", "-A", chain, *match),
                *("-j", "DROP"),
            )
        )

    def _space(self, host: int) -> str:
        return f"{self._name}-{host}"

    @property
    def _bridge_space(self) -> str:
        return f"{self._name}-b"

    def _run(self, *arguments: str) -> None:
        processes.run(self._ip, *arguments)

    def _add_space(self, name: str) -> None:
        self._run("netns", "add", name)
        self._stack.callback(self._run, "netns", "del", name)
        self._run("-n", name, "link", "set", "lo", "up")

    def _make_bridge(self) -> None:
        self._add_space(self._bridge_space)
        bridge = ("-n", self._bridge_space, "link")
        self._run(*bridge, "add", "bridge", "type", "bridge")
        self._run(*bridge, "set", "bridge", "up")

    def _name_databases(self, number: int) -> None:
        folder = _ETC / self._space(number)
        _ETC.mkdir(exist_ok=True)
        self._stack.callback(_remove_if_empty, _ETC)
        folder.mkdir()
        self._stack.callback(shutil.rmtree, folder)
        order = [*self.addresses[number:], *self.addresses[:number]]
        lines = ["127.0.0.1 localhost", *(f"{at} {DATABASE}" for at in order)]
        (folder / "hosts").write_text("\n".join([*lines, ""]))

    def _plug_in(self, port: int) -> None:
        bridge = ("-n", self._bridge_space, "link")
        self._run(*bridge, "set", f"p{port}", "master", "bridge", "up")

    def _add_host(self, number: int) -> None:
        space = self._space(number)
        self._add_space(space)
        self._name_databases(number)
        self._run(
            *("-n", space, "link", "add", "eth0", "type", "veth"),
            *("peer", "name", f"p{number}", "netns", self._bridge_space),
        )
        self._plug_in(number)
        address = f"{self.addresses[number]}/24"
        self._run("-n", space, "addr", "add", address, "dev", "eth0")
        self._run("-n", space, "link", "set", "eth0", "up")

    def _add_this_machine(self, port: int) -> None:
        self._run(
            *("link", "add", self._name, "type", "veth"),
            *("peer", "name", f"p{port}", "netns", self._bridge_space),
        )
        # The namespace takes it along, but later than the command returns.
        self._stack.callback(self._run, "link", "del", self._name)
        self._plug_in(port)
        self._run(
            *("addr", "add", f"{self.own_address}/24", "dev", self._name)
        )
        self._run("link", "set", self._name, "up")


def _remove_if_empty(folder: pathlib.Path) -> None:
    # Another run may have its files there.
    with contextlib.suppress(OSError):
        folder.rmdir()


def problem() -> str | None:
    """Return why this machine cannot have such hosts; None if it can."""
    try:
        with contextlib.ExitStack() as stack:
            network = Network(stack, 1)
            network.silence_port(0, 1)
    except processes.NotReady as error:
        return f"no network namespaces: {error}"
    return None
