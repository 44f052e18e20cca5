package com.busdk.broker.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.busdk.broker.contract.harness.Answer;
import com.busdk.broker.contract.harness.Caller;
import com.busdk.broker.contract.harness.EventStream;
import com.busdk.broker.contract.harness.RunningService;
import com.busdk.broker.contract.harness.Tokens;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which scope which name needs, to send and to listen alike: the table of the contract, row by row. */
class EventAccessTest extends ContractSuite {
    /** Who may use a name beyond having the scope. */
    enum Who {
        ANYBODY,
        SERVICES,
        INTERNAL_AUDIENCE
    }

    /**
     * A name of a row.
     *
     * @param scope empty where any valid token will do
     */
    record Row(String name, String scope, Who who) {
        Row(String name, String scope) {
            this(name, scope, Who.ANYBODY);
        }
    }

    static List<Row> rows() {
        return List.of(
                new Row("bus.readiness.ping", ""),
                new Row("bus.readiness.ping.response", ""),
                new Row("bus.vm.status.request", "vm:read"),
                new Row("bus.vm.status.response", "vm:read"),
                new Row("bus.vm.start.request", "vm:write"),
                new Row("bus.vm.stop.response", "vm:write"),
                new Row("bus.containers.status.request", "container:read"),
                new Row("bus.containers.run.request", "container:run"),
                new Row("bus.containers.input.request", "container:run"),
                new Row("bus.containers.delete.request", "container:delete"),
                new Row("bus.containers.runner.start.request", "container:admin", Who.INTERNAL_AUDIENCE),
                new Row("bus.ssh.run.request", "ssh:run", Who.SERVICES),
                new Row("bus.usage.record.request", "usage:write", Who.SERVICES),
                new Row("bus.usage.list.request", "usage:read", Who.SERVICES),
                new Row("bus.usage.delete.request", "usage:delete", Who.SERVICES),
                new Row("bus.billing.status.request", "billing:read"),
                new Row("bus.billing.portal_session.request", "billing:read"),
                new Row("bus.billing.checkout_session.request", "billing:setup"),
                new Row("bus.billing.entitlement.check.request", "billing:entitlement:check"),
                new Row("bus.billing.subscription.set.request", "billing:subscription:write"),
                new Row("bus.billing.usage.export.request", "billing:usage:export"),
                new Row("bus.stripe.checkout.session.request", "billing:provider", Who.SERVICES),
                new Row("bus.llm.chat.request", "llm:proxy"));
    }

    /** Every scope of the table, and the three of the hub. */
    private static List<String> allScopes() {
        List<String> scopes = new ArrayList<>(List.of("events:send", "events:listen", "events:admin"));
        rows().stream().map(Row::scope).filter(scope -> !scope.isEmpty()).forEach(scopes::add);
        return scopes;
    }

    private static String allBut(String scope) {
        List<String> others = new ArrayList<>(allScopes());
        others.removeIf(scope::equals);
        return String.join(" ", others);
    }

    private Caller entitled(Row row) {
        return service.as(
                switch (row.who()) {
                    case ANYBODY -> Tokens.user("alice", row.scope());
                    case SERVICES -> Tokens.service("worker", row.scope());
                    case INTERNAL_AUDIENCE -> Tokens.internal("worker", row.scope());
                });
    }

    private static Answer send(Caller caller, String name) {
        return caller.publish("{\"name\":\"" + name + "\",\"payload\":1}");
    }

    @ParameterizedTest
    @MethodSource("rows")
    void shouldLetSendAndListenWhoHasTheScope(Row row) {
        Caller entitled = entitled(row);
        try (EventStream stream = entitled.listen("name=" + row.name())) {
            String id = send(entitled, row.name()).expect(202).json().get("id").asText();
            assertEquals(id, stream.next().id());
        }
        entitled.publishLines("{\"name\":\"" + row.name() + "\"}\n").expect(202);
    }

    @ParameterizedTest
    @MethodSource("rows")
    void shouldRefuseWhoHasEveryOtherScopeAndNameTheOneThatIsMissing(Row row) {
        if (row.scope().isEmpty()) {
            return; // there is nothing to miss
        }
        Caller without = service.as(
                row.who() == Who.INTERNAL_AUDIENCE
                        ? Tokens.internal("worker", allBut(row.scope()))
                        : Tokens.service("worker", allBut(row.scope())));
        String command = "bus auth token --scope \"" + row.scope() + "\"";
        JsonNode error = send(without, row.name()).expectError(403, "forbidden", row.scope());
        assertEquals(true, error.toString().replace("\\", "").contains(command), error::toString);
        without.listenRefused("name=" + row.name()).expectError(403, "forbidden", row.scope());
        without.listenRefused("name=" + row.name() + "&delivery=unicast").expectError(403, "forbidden", row.scope());
        without.publishLines("{\"name\":\"" + row.name() + "\"}\n").expectError(403, "forbidden", row.scope());
    }

    @ParameterizedTest
    @MethodSource("rows")
    void shouldRefuseUsersWhereOnlyServicesMay(Row row) {
        Caller user = service.user("alice", String.join(" ", allScopes()));
        if (row.who() == Who.ANYBODY) {
            send(user, row.name()).expect(202);
            return;
        }
        send(user, row.name()).expectError(403, "forbidden", "service");
        user.listenRefused("name=" + row.name()).expectError(403, "forbidden", "service");
    }

    /** Who is charged for a run must not begin it past the API, nor say that it took no time. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "bus.containers.run.request",
                "bus.containers.run.response",
                "bus.containers.run.accepted",
                "bus.vm.start.request",
                "bus.vm.start.response"
            })
    void shouldLetUsersListenAndNotSendWithTheStricterTable(String charged) {
        try (RunningService strict = freshPlan()
                .with("event-access", "../conf/event-access-strict.json")
                .start()) {
            Caller user = strict.as(Tokens.user("alice", "container:run vm:write"));
            Caller worker = strict.as(Tokens.service("worker", "container:run vm:write"));
            send(user, charged).expectError(403, "forbidden", "a service token");
            user.publishLines("{\"name\":\"" + charged + "\"}\n").expectError(403, "forbidden", "a service token");
            try (EventStream stream = user.listen("name=" + charged)) {
                String id = worker.publish("{\"name\":\"" + charged + "\",\"identityId\":\"alice\"}")
                        .expect(202)
                        .json()
                        .get("id")
                        .asText();
                assertEquals(id, stream.next().id());
            }
        }
    }

    @Test
    void shouldRefuseAServiceOfThePublicAudienceWhereTheInternalOneIsNeeded() {
        Caller publicService = service.as(Tokens.service("worker", String.join(" ", allScopes())));
        send(publicService, "bus.containers.runner.x").expectError(403, "forbidden", "ai.hg.fi/internal");
        publicService.listenRefused("name=bus.containers.runner.x").expectError(403, "forbidden", "ai.hg.fi/internal");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bus.vm",
                "bus.ssh",
                "bus.unknown.request",
                "bus.containers.other.request",
                "bus.usage.other.request",
                "bus.billing.other",
                "bus.billing.usage.other",
                "bus.billing.entitlement.other",
                "bus.events.other",
                "bus.events.dead_letter.x",
                "bus.readiness",
                "bus.a"
            })
    void shouldRefuseEveryOtherNameOfTheBus(String reserved) {
        for (String token : List.of(
                Tokens.user("alice", String.join(" ", allScopes())),
                Tokens.service("worker", String.join(" ", allScopes())),
                Tokens.internal("worker", String.join(" ", allScopes())))) {
            send(service.as(token), reserved).expectError(403, "forbidden");
            service.as(token).listenRefused("name=" + reserved).expectError(403, "forbidden");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"example.ping", "bus-vm.start", "busy.bus.vm", "a.bus.vm.start"})
    void shouldAskForEventsSendAndEventsListenForAnythingElse(String other) {
        Caller sender = service.user("alice", allBut("events:listen"));
        Caller listener = service.user("alice", allBut("events:send"));
        send(sender, other).expect(202);
        send(listener, other).expectError(403, "forbidden", "events:send");
        listener.listen("name=" + other).close();
        sender.listenRefused("name=" + other).expectError(403, "forbidden", "events:listen");
    }

    @Test
    void shouldRefuseTheStreamWhereOneOfItsNamesIsRefused() {
        caller.listenRefused("name=" + name + "&name=bus.vm.start.request").expectError(403, "forbidden", "vm:write");
    }

    @Test
    void shouldLetListenToDeadLettersAndNobodySendThem() {
        caller.listen("name=bus.events.dead_letter").close();
        service.as(Tokens.service("worker", allBut("events:listen")))
                .listenRefused("name=bus.events.dead_letter")
                .expectError(403, "forbidden", "events:listen");
        send(service.as(Tokens.internal("worker", String.join(" ", allScopes()))), "bus.events.dead_letter")
                .expectError(403, "forbidden");
    }

    @Test
    void shouldGoByWholeScopesOnly() {
        for (String scope : List.of("events:sender", "events", "EVENTS:SEND", "events:send:extra", "xevents:send")) {
            send(service.user("alice", scope), "example.ping").expectError(403, "forbidden", "events:send");
        }
    }
}
