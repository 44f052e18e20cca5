package com.busdk.broker.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.busdk.broker.contract.harness.Answer;
import com.busdk.broker.contract.harness.Caller;
import com.busdk.broker.contract.harness.EventStream;
import com.busdk.broker.contract.harness.RunningService;
import com.busdk.broker.contract.harness.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What may be asked of a stream, and what is refused before it begins. */
class StreamParametersTest extends ContractSuite {
    /** Queries and the word that the refusal has to have in it; N stands for a good name. */
    static List<String[]> refused() {
        List<String[]> rows = new ArrayList<>(List.of(new String[][] {
            {"", "name"},
            {"name=", "name"},
            {"name=Upper.case", "name"},
            {"name=oneword", "name"},
            {"name=a..b", "name"},
            {"name=.a.b", "name"},
            {"name=a.b.", "name"},
            {"name=a%20b.c", "name"},
            {"name=a.b%00", "name"},
            {"name=a.b%0d%0aset-cookie:x", "name"},
            {"name=" + "a.".repeat(127) + "bc", "name"},
            {"name=%c3%a9.b", "name"},
            {"name=N&name=one", "name"},
            {"name=bus.vm.*", "wildcard"},
            {"name=%3E", "wildcard"},
            {"name=a.%3E", "wildcard"},
            {"name=N&delivery=multicast", "delivery"},
            {"name=N&delivery=", "delivery"},
            {"name=N&delivery=Unicast", "delivery"},
            {"name=N&group=g", "group"},
            {"name=N&delivery=broadcast&group=g", "group"},
            {"name=N&consumer=c", "consumer"},
            {"name=N&ack=explicit", "ack"},
            {"name=N&ack=auto", "ack"},
            {"name=N&ordered=key", "ordered"},
            {"name=N&delivery=unicast&group=", "group"},
            {"name=N&delivery=unicast&group=a%20b", "group"},
            {"name=N&delivery=unicast&group=a%2Fb", "group"},
            {"name=N&delivery=unicast&group=" + "g".repeat(65), "group"},
            {"name=N&delivery=unicast&group=%c3%a9", "group"},
            {"name=N&delivery=unicast&consumer=", "consumer"},
            {"name=N&delivery=unicast&consumer=a%0ab", "consumer"},
            {"name=N&delivery=unicast&consumer=" + "c".repeat(65), "consumer"},
            {"name=N&delivery=unicast&ack=maybe", "ack"},
            {"name=N&delivery=unicast&ack=", "ack"},
            {"name=N&delivery=unicast&ordered=name", "ordered"},
            {"name=N&delivery=unicast&ordered=true", "ordered"},
            {"name=N&delivery=unicast&ack_wait=5s", "ack=explicit"},
            {"name=N&delivery=unicast&ack=auto&ack_wait=5s", "ack=explicit"},
            {"name=N&delivery=unicast&max_deliveries=2", "ack=explicit"},
            {"name=N&delivery=unicast&ack=auto&max_deliveries=2", "ack=explicit"},
            {"name=N&max_in_flight=1", "max_in_flight"},
            {"name=N&ack_wait=5s", "ack_wait"},
            {"name=N&max_deliveries=5", "max_deliveries"},
            {"name=N&delivery=unicast&max_in_flight=", "max_in_flight"},
            {"name=N&delivery=unicast&max_in_flight=0", "max_in_flight"},
            {"name=N&delivery=unicast&max_in_flight=-1", "max_in_flight"},
            {"name=N&delivery=unicast&max_in_flight=10001", "max_in_flight"},
            {"name=N&delivery=unicast&max_in_flight=some", "max_in_flight"},
            {"name=N&delivery=unicast&ack=explicit&ack_wait=", "ack_wait"},
            {"name=N&delivery=unicast&ack=explicit&ack_wait=0s", "ack_wait"},
            {"name=N&delivery=unicast&ack=explicit&ack_wait=99ms", "ack_wait"},
            {"name=N&delivery=unicast&ack=explicit&ack_wait=24h1ns", "ack_wait"},
            {"name=N&delivery=unicast&ack=explicit&ack_wait=-5s", "ack_wait"},
            {"name=N&delivery=unicast&ack=explicit&ack_wait=5", "ack_wait"},
            {"name=N&delivery=unicast&ack=explicit&ack_wait=soon", "ack_wait"},
            {"name=N&delivery=unicast&ack=explicit&max_deliveries=", "max_deliveries"},
            {"name=N&delivery=unicast&ack=explicit&max_deliveries=0", "max_deliveries"},
            {"name=N&delivery=unicast&ack=explicit&max_deliveries=1000001", "max_deliveries"},
            {"name=N&delivery=unicast&ack=explicit&max_deliveries=many", "max_deliveries"},
            {"name=N&replay=maybe", "replay"},
            {"name=N&replay=", "replay"},
            {"name=N&follow=never", "follow"},
            {"name=N&follow=", "follow"},
            {"name=N&after=", "after"},
            {"name=N&after=12", "after"},
            {"name=N&after=evt_", "after"},
            {"name=N&after=evt_zzz", "after"},
            {"name=N&after=EVT_00000000000000000000000000", "after"},
            {"name=N&after=evt_00000000000000000000000000&since=15m", "after and since"},
            {"name=N&since=yesterday", "since"},
            {"name=N&since=", "since"},
            {"name=N&since=-15m", "since"},
            {"name=N&since=2026-13-01T00:00:00Z", "since"},
            {"name=N&since=2026-01-01", "since"},
            {"name=N&since=15x", "since"},
            {"name=N&limit=0", "limit"},
            {"name=N&limit=-1", "limit"},
            {"name=N&limit=ten", "limit"},
            {"name=N&limit=1.5", "limit"},
            {"name=N&limit=", "limit"},
            {"name=N&limit=99999999999999999999", "limit"},
            {"name=N&heartbeat=soon", "heartbeat"},
            {"name=N&heartbeat=", "heartbeat"},
            {"name=N&heartbeat=-1s", "heartbeat"},
            {"name=N&heartbeat=0s", "heartbeat"},
            {"name=N&notices=maybe", "notices"},
            {"name=N&notices=", "notices"},
            {"name=N&correlationId=" + "c".repeat(256), "correlationId"},
            {"name=N&unknown=1", "unknown"},
            {"name=N&Replay=true", "Replay"},
            {"name=N&token=abc", "token"},
            {"name=N&access_token=abc", "access_token"}
        }));
        for (String twice : List.of(
                "delivery=broadcast",
                "replay=true",
                "follow=true",
                "limit=1",
                "since=1m",
                "after=evt_00000000000000000000000000",
                "correlationId=c",
                "heartbeat=5s",
                "notices=true")) {
            rows.add(new String[] {"name=N&" + twice + "&" + twice, twice.substring(0, twice.indexOf('='))});
        }
        for (String twice : List.of("group=g", "consumer=c", "ack=auto", "ordered=key", "max_in_flight=1")) {
            rows.add(new String[] {
                "name=N&delivery=unicast&" + twice + "&" + twice, twice.substring(0, twice.indexOf('='))
            });
        }
        for (String twice : List.of("ack_wait=5s", "max_deliveries=5")) {
            rows.add(new String[] {"name=N&delivery=unicast&ack=explicit&" + twice + "&" + twice, "2 times"});
        }
        return rows;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refused")
    void shouldRefuse(String query, String word) {
        caller.listenRefused(query.replace("=N", "=" + name)).expectError(400, "bad_request", word);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "&delivery=broadcast",
                "&delivery=unicast",
                "&delivery=unicast&group=A.b_c-9&consumer=Z.y_x-0",
                "&delivery=unicast&ack=auto",
                "&delivery=unicast&ack=explicit",
                "&delivery=unicast&ack=explicit&ordered=key",
                "&replay=true",
                "&replay=false",
                "&follow=true",
                "&follow=false",
                "&replay=true&follow=false",
                "&since=15m",
                "&since=1h30m",
                "&since=2026-01-01T00:00:00Z",
                "&since=2026-01-01T00:00:00.123456%2B02:00",
                "&limit=1",
                "&limit=9000000000",
                "&correlationId=c%20%C3%A9",
                "&heartbeat=15s",
                "&notices=true",
                "&notices=false"
            })
    void shouldOpen(String parameters) {
        caller.listen("name=" + name + parameters).close();
    }

    @Test
    void shouldTake256NamesAndNoMore() {
        String names =
                IntStream.range(0, 256).mapToObj(i -> "name=" + name + "." + i).collect(Collectors.joining("&"));
        try (EventStream stream = caller.listen(names)) {
            String id = caller.send(name + ".255", "1");
            assertEquals(id, stream.next().id());
        }
        caller.listenRefused(names + "&name=" + name).expectError(400, "bad_request", "256");
    }

    @Test
    void shouldListenToANameOnceThatIsGivenTwice() {
        try (EventStream stream = caller.listen("name=" + name + "&name=" + name)) {
            caller.send(name, "1");
            caller.send(name, "2");
            assertEquals("1", stream.next().payload());
            assertEquals("2", stream.next().payload());
        }
    }

    @Test
    void shouldAnswerWithHeadersAtOnce() {
        try (EventStream stream = caller.listen("name=" + name)) { // returns before any event
            Answer head = stream.head();
            assertEquals(
                    "application/x-ndjson",
                    head.header("content-type").orElse("").split(";", -1)[0]);
            assertEquals("no", head.header("x-accel-buffering").orElse(""));
            assertEquals("no-store", head.header("cache-control").orElse(""));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"*/*", "application/*", "application/x-ndjson;q=0.5", "text/html, */*;q=0.1"})
    void shouldSendLinesToWhomAcceptsThem(String accept) {
        Answer answer = caller.get(EVENTS + "/stream?" + history(), "accept", accept);
        answer.expect(200);
        assertEquals(
                "application/x-ndjson", answer.header("content-type").orElse("").split(";", -1)[0]);
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/html", "image/png", "application/xml"})
    void shouldRefuseToSendWhatItHasNot(String accept) {
        caller.get(EVENTS + "/stream?" + history(), "accept", accept)
                .expectError(406, "not_acceptable", "application/x-ndjson", "text/event-stream");
    }

    @Test
    void shouldTakeWildcardsWhereTheOperatorAllowsThemAndTheTokenHasTheScope() {
        try (RunningService own = freshPlan().with("allow-wildcards", "true").start()) {
            Caller admin = own.as(Tokens.service("root", "events:send events:listen events:admin"));
            own.service().listenRefused("name=test.*").expectError(403, "forbidden", "events:admin");
            try (EventStream one = admin.listen("name=test.*");
                    EventStream more = admin.listen("name=test.%3E")) {
                admin.send("other.x", "0");
                admin.send("test.a.b", "1");
                admin.send("test.a", "2");
                assertEquals("2", one.next().payload(), "* stands for one word");
                assertEquals("1", more.next().payload(), "> stands for one or more");
                assertEquals("2", more.next().payload());
            }
            assertEquals(
                    List.of("1"), PublishTest.payloads(admin.read("name=*.a.b&follow=false")), "also in the history");
            for (String bad : List.of("a*.b", "%3E.a", "a.%3E.b", "a.**", "*a.b")) {
                admin.listenRefused("name=" + bad).expectError(400, "bad_request", "name");
            }
        }
    }
}
