package com.busdk.broker.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.identity.Audiences;
import com.busdk.client.identity.Identity;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The table that comes with the service, row by row as the contract has it. */
class EventAccessTest {
    private final EventAccess access = EventAccess.standard(Audiences.DEFAULT);

    private static Identity user(String... scopes) {
        return new Identity("u-1", Audiences.DEFAULT.api(), false, Set.of(scopes), 100);
    }

    private static Identity service(String... scopes) {
        return new Identity("s-1", Audiences.DEFAULT.api(), true, Set.of(scopes), 100);
    }

    private static Identity internal(String... scopes) {
        return new Identity("s-1", Audiences.DEFAULT.internal(), true, Set.of(scopes), 100);
    }

    @ParameterizedTest
    @CsvSource({
        "bus.vm.status.request, vm:read",
        "bus.vm.status.a.b.c, vm:read",
        "bus.vm.start.request, vm:write",
        "bus.vm.status, vm:write",
        "bus.vm.statuses.request, vm:write",
        "bus.containers.status.request, container:read",
        "bus.containers.run.request, container:run",
        "bus.containers.input.chunk, container:run",
        "bus.containers.delete.response, container:delete",
        "bus.billing.status.request, billing:read",
        "bus.billing.portal_session.request, billing:read",
        "bus.billing.checkout_session.request, billing:setup",
        "bus.billing.entitlement.check.request, billing:entitlement:check",
        "bus.billing.subscription.update, billing:subscription:write",
        "bus.billing.usage.export.request, billing:usage:export",
        "bus.llm.chat.request, llm:proxy",
    })
    void shouldOpenANameToItsScopeAndNoOther(String name, String scope) {
        assertTrue(access.mayPublish(user(scope), name).allowed());
        assertTrue(access.mayListen(user(scope), name).allowed());
        Identity others = internal("events:send", "events:listen", "events:admin", "vm", scope + "x");
        assertMissing(scope, access.mayPublish(others, name));
        assertMissing(scope, access.mayListen(others, name));
    }

    @ParameterizedTest
    @CsvSource({
        "bus.ssh.run.request, ssh:run",
        "bus.usage.record.request, usage:write",
        "bus.usage.list.request, usage:read",
        "bus.usage.delete.request, usage:delete",
        "bus.stripe.checkout.session.request, billing:provider",
        "bus.stripe.portal.session.response, billing:provider",
    })
    void shouldOpenANameToServicesOnly(String name, String scope) {
        assertTrue(access.mayPublish(service(scope), name).allowed());
        assertTrue(access.mayListen(internal(scope), name).allowed());
        assertMissing(scope, access.mayPublish(service("events:send"), name));
        assertMissing(scope, access.mayPublish(user(), name));
        Decision.Refused user = assertInstanceOf(Decision.Refused.class, access.mayListen(user(scope), name));
        assertNull(user.missingScope());
        assertTrue(user.message().contains("a service token"), user.message());
    }

    @Test
    void shouldOpenTheRunnerToTheInternalAudienceOnly() {
        String name = "bus.containers.runner.start.request";

        assertTrue(access.mayPublish(internal("container:admin"), name).allowed());
        Decision.Refused other =
                assertInstanceOf(Decision.Refused.class, access.mayPublish(service("container:admin"), name));
        assertTrue(other.message().contains("a service token for the audience ai.hg.fi/internal"), other.message());
        assertMissing("container:admin", access.mayListen(internal("container:run"), name));
    }

    @Test
    void shouldFollowARenamedAudience() {
        EventAccess renamed = EventAccess.standard(new Audiences("a", "i"));
        Identity inside = new Identity("s-1", "i", true, Set.of("container:admin"), 100);

        assertTrue(renamed.mayListen(inside, "bus.containers.runner.status").allowed());
        assertFalse(renamed.mayListen(internal("container:admin"), "bus.containers.runner.status")
                .allowed());
    }

    @Test
    void shouldOpenReadinessToAnyValidToken() {
        assertTrue(access.mayPublish(user(), "bus.readiness.probe").allowed());
        assertTrue(access.mayListen(user(), "bus.readiness.probe.a").allowed());
    }

    @Test
    void shouldLetNobodySendADeadLetter() {
        Identity mighty = internal("events:send", "events:listen", "events:admin");

        Decision.Refused refused =
                assertInstanceOf(Decision.Refused.class, access.mayPublish(mighty, "bus.events.dead_letter"));
        assertNull(refused.missingScope());
        assertTrue(access.mayListen(user("events:listen"), "bus.events.dead_letter")
                .allowed());
        assertMissing("events:listen", access.mayListen(user("events:send"), "bus.events.dead_letter"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bus.x",
                "bus.readiness",
                "bus.vm",
                "bus.ssh",
                "bus.usage.record",
                "bus.usage.other.request",
                "bus.events.dead_letter.more",
                "bus.events.other",
                "bus.billing.usage.export",
                "bus.billing.usage.list",
                "bus.containers.status",
                "bus.containers.runs.request",
                "bus.llm",
                "bus.-.x",
            })
    void shouldRefuseEveryOtherNameOfTheBus(String name) {
        Identity mighty = internal("events:send", "events:listen", "events:admin", "vm:write", "usage:write");

        assertFalse(access.mayPublish(mighty, name).allowed());
        assertFalse(access.mayListen(mighty, name).allowed());
    }

    @ParameterizedTest
    @ValueSource(strings = {"example.ping", "busy.vm.start", "bus-vm.start", "bus_.x", "vm.bus.x", "a.b"})
    void shouldOpenAllOtherNamesToTheGeneralScopes(String name) {
        assertTrue(access.mayPublish(user("events:send"), name).allowed());
        assertMissing("events:listen", access.mayListen(user("events:send"), name));
        assertTrue(access.mayListen(user("events:listen"), name).allowed());
        assertMissing("events:send", access.mayPublish(user("events:listen", "events:admin"), name));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "*",
                ">",
                "bus.*",
                "example.*",
                "BUS.vm.start",
                "Bus.vm.start",
                "bus..vm",
                ".bus.vm",
                "bus.vm.",
                "bus",
                "example",
                " bus.vm.start",
                "bus.vm.start\n",
                "bus\u0000.vm.x",
                "büs.vm.x",
                "example.ping/../x",
            })
    void shouldRefuseWhatIsNoName(String name) {
        Identity mighty = internal("events:send", "events:listen", "events:admin", "vm:write");

        assertFalse(access.mayPublish(mighty, name).allowed());
        assertFalse(access.mayListen(mighty, name).allowed());
        assertEquals(0, access.rememberedNames());
    }

    @Test
    void shouldSayHowToGetTheScope() {
        Decision.Refused refused =
                assertInstanceOf(Decision.Refused.class, access.mayPublish(user("vm:read"), "bus.vm.start.request"));

        assertTrue(refused.message().contains("bus auth token --scope \"vm:write\""), refused.message());
        assertTrue(refused.message().contains("bus.vm.start.request"), refused.message());
        ApiException e = refused.toException();
        assertEquals(Optional.of(ErrorType.FORBIDDEN), e.errorType());
        assertEquals(Optional.of("vm:write"), e.scope());
        assertEquals(403, e.status());
    }

    @Test
    void shouldRepeatNoMoreOfANameThanAnErrorMay() {
        String name = "example." + "x".repeat(247);

        Decision.Refused refused = assertInstanceOf(Decision.Refused.class, access.mayPublish(user(), name));

        assertFalse(refused.message().contains("x".repeat(200)), refused.message());
        assertTrue(access.mayPublish(user("events:send"), name).allowed());
    }

    @Test
    void shouldKeepTheAdminVerbsForAdmins() {
        assertTrue(access.requireAdmin(user("events:admin")).allowed());
        assertMissing("events:admin", access.requireAdmin(internal("events:send", "events:listen")));
    }

    @Test
    void shouldAnswerTheSameWhenANameIsAskedAgain() {
        for (int round = 0; round < 3; round++) {
            assertTrue(
                    access.mayPublish(user("vm:read"), "bus.vm.status.request").allowed());
            assertMissing("vm:read", access.mayPublish(user("vm:write"), "bus.vm.status.request"));
            assertMissing("vm:read", access.mayListen(user(), "bus.vm.status.request"));
        }
        assertEquals(1, access.rememberedNames());
    }

    @Test
    void shouldRememberNoMoreNamesThanItsLimit() {
        Identity sender = user("events:send");
        for (int i = 0; i < 2 * EventAccess.MAX_REMEMBERED_NAMES + 10; i++) {
            assertTrue(access.mayPublish(sender, "example.n" + i).allowed());
            assertTrue(access.rememberedNames() <= EventAccess.MAX_REMEMBERED_NAMES);
        }
        assertFalse(access.mayPublish(sender, "bus.vm.start").allowed());
    }

    @Test
    void shouldHaveTheOperatorsFileAsItsDefault() throws Exception {
        Path file = Path.of("..", "conf", "event-access.json");
        try (var in = EventAccess.class.getResourceAsStream("event-access.json")) {
            assertEquals(Files.readString(file), new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
        assertTrue(EventAccess.load(file, Audiences.DEFAULT)
                .mayListen(user("vm:read"), "bus.vm.status.x")
                .allowed());
    }

    /** Each rule of it is the standard one, or that one without what users could forge. */
    @Test
    void shouldHaveAStricterTableThatDiffersInWhatUsersMaySendAlone() throws Exception {
        Path conf = Path.of("..", "conf");
        String strict = Files.readString(conf.resolve("event-access-strict.json"));
        assertEquals(
                Files.readString(conf.resolve("event-access.json")), strict.replace(", \"serviceOnly\": \"send\"", ""));

        EventAccess table = EventAccess.load(conf.resolve("event-access-strict.json"), Audiences.DEFAULT);
        for (String word : List.of("request", "response", "accepted", "refused")) {
            String run = "bus.containers.run." + word;
            assertTrue(access.mayPublish(user("container:run"), run).allowed());
            assertFalse(table.mayPublish(user("container:run"), run).allowed());
            assertTrue(table.mayListen(user("container:run"), run).allowed());
            assertTrue(table.mayPublish(service("container:run"), run).allowed());
            assertFalse(
                    table.mayPublish(user("vm:write"), "bus.vm.stop." + word).allowed());
            assertTrue(table.mayListen(user("vm:write"), "bus.vm.stop." + word).allowed());
        }
    }

    private static void assertMissing(String scope, Decision decision) {
        Decision.Refused refused = assertInstanceOf(Decision.Refused.class, decision);
        assertEquals(scope, refused.missingScope());
        assertTrue(refused.message().contains("bus auth token --scope \"" + scope + "\""), refused.message());
    }
}
