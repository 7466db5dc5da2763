# SPDX-License-Identifier: Apache-2.0
import decimal

from cloudkitty import dataframe
from cloudkitty import db
from cloudkitty import rating
from cloudkitty.common import rpc as ck_rpc
from cloudkitty.compat import process
from cloudkitty.db import api as db_api
from cloudkitty.rating import base
from cloudkitty.tests.fakes import rpc as fake_rpc
from cloudkitty.tests.unit.compat import case

D = decimal.Decimal


class Doubling(rating.RatingProcessorBase):
    module_name = "doubling"
    description = "Doubles."

    def __init__(self, tenant_id=None):
        super().__init__(tenant_id)
        self.starts = []

    def reload_config(self, start=None):
        self.starts.append(start)

    def process(self, data):
        for _, points in data.itertypes():
            points[:] = [one.set_price(float(one.qty) * 2) for one in points]
        return data

    def quote(self, data):
        data = self.process(data)
        data.add_point(data.usage["cpu"][0], "fee")
        return data


class Always(Doubling):
    module_name = "always"
    on = True

    @property
    def enabled(self):
        return self.on


class Off(Always):
    module_name = "off"
    on = False


def adapted(plugin, scope_id="scope-a"):
    return plugin.cloudkitty_adapter(None)(None, scope_id)


def make_frame(**attributes):
    groupby = {"id": "a", **attributes}
    points = [
        dataframe.make_point(
            ("core", D("1.1"), D(0), groupby, {"flavor": "m1"}, "words")
        )
        for _ in range(2)
    ]
    return dataframe.DataFrame(
        case.BEGIN, case.BEGIN + case.HOUR, {"cpu": points}
    )


class TestAdapter(case.CompatTestCase):
    def test_attributes(self):
        found = Doubling.cloudkitty_adapter(self.conf)
        self.assertTrue(issubclass(found, base.RatingModule))
        self.assertEqual(
            ("doubling", "Doubles.", False, False, None),
            (
                found.module_name,
                found.description,
                found.hot_config,
                found.always_on,
                found.config_controller,
            ),
        )
        self.assertIs(found, Doubling.cloudkitty_adapter(None))

    def test_prices_become_decimals_and_the_frame_stays(self):
        frame = make_frame()
        module = adapted(Doubling)
        module.reload(case.BEGIN)
        rated = module.rate(frame)
        self.assertEqual([case.BEGIN], module._plugin.starts)
        self.assertEqual("scope-a", module._plugin._tenant_id)
        self.assertEqual(
            [D("2.2")] * 2, [one.price for one in rated.usage["cpu"]]
        )
        self.assertIs(D, type(rated.usage["cpu"][0].price))
        self.assertEqual("words", rated.usage["cpu"][0].description)
        self.assertEqual(make_frame(), frame)

    def test_a_quote_is_rated_for_no_scope(self):
        rated = adapted(Doubling, None).rate(make_frame())
        self.assertEqual({"cpu", "fee"}, set(rated.usage))
        self.assertEqual(
            {"cpu"}, set(adapted(Doubling).rate(make_frame()).usage)
        )

    def test_attributes_cannot_be_changed_for_other_points(self):
        class Changing(Doubling):
            def process(self, data):
                for _, point in data.iterpoints():
                    point.groupby["id"] = "b"
                return data

        self.assertRaises(
            base.RatingError, adapted(Changing).rate, make_frame()
        )

    def test_unusable_results_fail_the_period(self):
        for result in (
            None,
            {},
            dataframe.DataFrame(
                case.BEGIN + case.HOUR, case.BEGIN + 2 * case.HOUR
            ),
            dataframe.DataFrame(
                case.BEGIN, case.BEGIN + case.HOUR, {"cpu": ["point"]}
            ),
            *(
                dataframe.DataFrame(
                    case.BEGIN,
                    case.BEGIN + case.HOUR,
                    {"cpu": [make_frame().usage["cpu"][0].set_price(price)]},
                )
                for price in (D("NaN"), "much", None, D("1e40"), float("inf"))
            ),
        ):

            class Broken(Doubling):
                def process(self, data, result=result):
                    return result

            error = self.assertRaises(
                base.RatingError, adapted(Broken).rate, make_frame()
            )
            self.assertIn("rating module doubling", str(error))

    def test_a_foreign_error_is_shown_by_its_type(self):
        class Failing(Doubling):
            def process(self, data):
                raise OSError("mysql://user:secret@host")

            def reload_config(self, start=None):
                raise OSError("mysql://user:secret@host")

        module = adapted(Failing)
        for call, argument in (
            (module.rate, make_frame()),
            (module.reload, case.BEGIN),
        ):
            error = self.assertRaises(base.RatingError, call, argument)
            self.assertEqual("rating module doubling: OSError", str(error))

    def test_an_enabled_property_of_its_own(self):
        self.assertTrue(Always.cloudkitty_adapter(self.conf).always_on)
        self.assertFalse(Off.cloudkitty_adapter(self.conf).always_on)
        frame = make_frame()
        self.assertIs(frame, adapted(Off).rate(frame))


class TestStates(case.CompatTestCase):
    def setUp(self):
        super().setUp()
        self.rpc = fake_rpc.FakeRpc()
        process.use(self.conf, self.rpc)
        self.migrate()

    def test_state_and_priority(self):
        module = Doubling()
        self.assertEqual(
            {
                "name": "doubling",
                "description": "Doubles.",
                "hot_config": False,
                "enabled": False,
                "priority": 1,
            },
            module.module_info,
        )
        self.assertIs(True, module.set_state(True))
        self.assertEqual(7, module.set_priority(7))
        self.assertEqual((True, 7), (module.enabled, module.priority))
        module.notify_reload()
        self.assertEqual(
            [("doubling", True), ("doubling", None), ("doubling", None)],
            self.rpc.changes,
        )

    def test_a_message_bus_that_is_down(self):
        process.use(self.conf, ck_rpc.UNREACHABLE)
        module = Doubling()
        module.set_state(True)
        module.notify_reload()
        self.assertTrue(module.enabled)

    def test_module_info_of_the_database_interface(self):
        info = db_api.get_instance().get_module_info()
        self.assertFalse(info.get_state("doubling"))
        info.set_state("doubling", True)
        info.set_priority("doubling", 5)
        self.assertEqual(
            (True, 5),
            (info.get_state("doubling"), info.get_priority("doubling")),
        )

    def test_sessions(self):
        with db.session_for_write() as session:
            session.execute(_sql("CREATE TABLE acme (id INTEGER)"))
            session.execute(_sql("INSERT INTO acme VALUES (5)"))
        with db.session_for_read() as session:
            self.assertEqual(5, session.scalar(_sql("SELECT id FROM acme")))


def _sql(text):
    import sqlalchemy

    return sqlalchemy.text(text)
