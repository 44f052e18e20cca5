package com.busdk.gateway.usage;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.busdk.client.auth.TokenSource;
import com.busdk.client.event.Envelope;
import com.busdk.client.event.EventError;
import com.busdk.client.events.EventsClient;
import com.busdk.client.http.ApiException;
import com.busdk.gateway.http.Json;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Histories in which a provider was killed, and what the next one makes of them. */
@Timeout(60)
class UsageSweepTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration WAIT = Duration.ofMinutes(10);
    private static final String RESPONSE = "bus.test.work.response";
    private static final String ALICE = "11111111-1111-4111-8111-111111111111";

    private final Vertx vertx = Vertx.vertx();
    private final Set<String> ended = ConcurrentHashMap.newKeySet();
    private Duration patience = Duration.ZERO;
    private volatile Instant now = START;
    private KeptHistory history;
    private EventsClient client;
    private UsageSweep sweep;

    @BeforeEach
    void start() throws Exception {
        history = new KeptHistory(vertx);
        client = EventsClient.create(vertx, history.url(), TokenSource.fixed("a-token-of-tests"));
        sweep = sweep();
    }

    private UsageSweep sweep() {
        return sweep(OpenUses.MAX_OPEN, OpenUses.MAX_EXCESS);
    }

    private UsageSweep sweep(int maxOpen, int maxExcess) {
        InstantSource source = () -> now;
        Clock clock = source.withZone(ZoneOffset.UTC);
        EventsUsage usage = new EventsUsage(vertx, client);
        return new UsageSweep(vertx, client, usage, List.of(new Work()), () -> true, clock, maxOpen, maxExcess);
    }

    @AfterEach
    void stop() throws Exception {
        await(client.close());
        await(history.stop());
        await(vertx.close());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(50, TimeUnit.SECONDS);
    }

    /** Work whose response has milliseconds, or an error. */
    private final class Work implements UseKind {
        @Override
        public String word() {
            return "container_run";
        }

        @Override
        public String response() {
            return RESPONSE;
        }

        @Override
        public String correlationId(String operation) {
            return "c-" + operation;
        }

        @Override
        public boolean mayHaveEnded(String operation, Instant before) {
            return ended.contains(operation);
        }

        @Override
        public Duration patience() {
            return patience;
        }

        @Override
        public ObjectNode outcome(Use use, Instant requestedAt, Envelope response) {
            EventError error = response.error();
            if (error != null) {
                throw ApiException.of(502, error.type(), error.message());
            }
            return Json.payload(response.payload()).orElseThrow();
        }

        @Override
        public Optional<Duration> used(Use use, Envelope response) {
            return Json.payload(response.payload())
                    .map(payload ->
                            Duration.ofMillis(payload.path("duration_ms").asLong()));
        }
    }

    private static Use use(String operation) {
        return new Use("container_run", operation, ALICE, Json.object().put("run_id", operation));
    }

    private void record(UsageRecord record) {
        history.add(
                Envelope.builder(EventsUsage.REQUEST)
                        .payload(new String(Json.bytes(EventsUsage.payload(record)), StandardCharsets.UTF_8))
                        .identityId(record.account()),
                record.at());
    }

    /** A record as a provider made it at the start. */
    private void requested(String operation) {
        UsageRecord made = use(operation).requested(WAIT);
        record(new UsageRecord(made.type(), made.id(), made.account(), START, made.data()));
    }

    private void answered(String operation, Envelope.Builder response) {
        history.add(response.correlationId("c-" + operation).identityId(ALICE), START.plusSeconds(7));
        ended.add(operation);
    }

    private void answered(String operation) {
        answered(operation, Envelope.builder(RESPONSE).payload("{\"duration_ms\":5000}"));
    }

    /** What was recorded by sweeps: type, id, time and data, in the order of the history. */
    private List<String> written(int before) {
        List<String> written = new ArrayList<>();
        List<Envelope> records = history.named(EventsUsage.REQUEST);
        for (Envelope each : records.subList(before, records.size())) {
            assertEquals(ALICE, each.identityId());
            ObjectNode payload = Json.payload(each.payload()).orElseThrow();
            assertEquals("usage:" + payload.path("event_id").asText(), each.idempotencyKey());
            written.add(payload.path("event_type").asText() + " "
                    + payload.path("event_id").asText() + " "
                    + payload.path("occurred_at").asText() + " " + payload.path("data"));
        }
        return written;
    }

    @Test
    void shouldEndWhatHasItsResponseAsThatSays() throws Exception {
        requested("run_1");
        requested("run_2");
        answered("run_1");
        answered(
                "run_2",
                Envelope.builder(RESPONSE)
                        .payload("{\"duration_ms\":2500}")
                        .error(new EventError("cancelled", "by its owner")));
        await(sweep.sweep());
        List<String> expected = List.of(
                "container_run_finished run_1-ended 2026-01-01T00:00:07Z {\"run_id\":\"run_1\",\"duration_ms\":5000}",
                "container_run_failed run_2-ended 2026-01-01T00:00:07Z {\"run_id\":\"run_2\",\"error\":\"cancelled\","
                        + "\"duration_ms\":2500}");
        assertEquals(expected, written(2));
        now = START.plus(WAIT).plus(UsageSweep.MARGIN).plusSeconds(1);
        await(sweep.sweep());
        await(sweep().sweep());
        assertEquals(expected, written(2), "no sweep ends it again, nor does another provider's");
    }

    @Test
    void shouldNotEndWhatMayStillGoOn() throws Exception {
        requested("run_1");
        ended.add("run_1"); // somebody says so, but there is no response
        now = START.plus(WAIT).plus(UsageSweep.MARGIN);
        await(sweep.sweep());
        assertEquals(List.of(), written(1));
        answered("run_1");
        now = now.plusSeconds(1);
        await(sweep.sweep());
        assertEquals(1, written(1).size());
    }

    /** A look costs a read of the history, and one that is deleted may be answered a day later. */
    @Test
    void shouldLookLessOftenForWhatItDoesNotFind() throws Exception {
        patience = Duration.ofDays(1);
        requested("run_1");
        ended.add("run_1");
        int before = history.reads(RESPONSE);
        for (int i = 0; i < 40; i++) {
            await(sweep.sweep());
            now = now.plus(UsageSweep.PERIOD);
        }
        // At 0, 1, 3, 7, 15 minutes.
        assertEquals(5, history.reads(RESPONSE) - before);
        answered("run_1");
        now = START.plus(OpenUses.LONGEST_PAUSE.multipliedBy(3));
        await(sweep.sweep());
        assertEquals(1, written(1).size());
    }

    /** Who tells which have ended knows so many only. */
    @Test
    void shouldLookForWhatNobodySaysHasEndedWhenItsProviderWaitsNoMore() throws Exception {
        patience = Duration.ofDays(1);
        requested("run_1");
        now = START.plus(WAIT).plus(UsageSweep.MARGIN);
        int before = history.reads(RESPONSE);
        await(sweep.sweep());
        assertEquals(before, history.reads(RESPONSE));
        now = now.plusSeconds(1);
        await(sweep.sweep());
        await(sweep.sweep());
        assertEquals(before + 1, history.reads(RESPONSE), "not each time");
        answered("run_1");
        ended.clear();
        now = now.plus(OpenUses.BLIND_PAUSE);
        await(sweep.sweep());
        assertEquals(1, written(1).size());
    }

    /** Those that there is no room for get an end all the same, the oldest first. */
    @Test
    void shouldEndWhatItCannotKeep() throws Exception {
        patience = Duration.ofDays(1);
        sweep = sweep(2, OpenUses.MAX_EXCESS);
        requested("run_1");
        requested("run_2");
        ended.add("run_1"); // and is looked for in vain: it is the oldest all the same
        await(sweep.sweep());
        assertEquals(List.of(), written(2));
        requested("run_3");
        await(sweep.sweep());
        assertEquals(List.of(), written(3), "their providers still wait, and say more than this");
        now = START.plus(WAIT).plus(UsageSweep.MARGIN).plusSeconds(1);
        await(sweep.sweep());
        assertEquals(
                List.of("container_run_failed run_1-ended 2026-01-01T00:10:00Z"
                        + " {\"run_id\":\"run_1\",\"error\":\"provider_lost\"}"),
                written(3));
    }

    /** What is behind them in the history is read when some have an end: it is nobody else's to be ended. */
    @Test
    void shouldEndAlsoWhatItHadNoRoomForAtFirst() throws Exception {
        sweep = sweep(1, 2);
        int uses = 6;
        for (int i = 0; i < uses; i++) {
            requested("run_" + i);
        }
        await(sweep.sweep());
        now = START.plus(WAIT).plus(UsageSweep.MARGIN).plusSeconds(1);
        await(sweep.sweep());
        await(sweep.sweep());
        List<String> written = written(uses);
        assertEquals(uses, written.size());
        assertEquals(uses, Set.copyOf(written).size());
    }

    @Test
    void shouldEndWhatNobodyKnowsOfWhenItsTimeIsOver() throws Exception {
        requested("run_1");
        await(sweep.sweep());
        now = START.plus(WAIT).plus(UsageSweep.MARGIN).plusSeconds(1);
        await(sweep.sweep());
        assertEquals(
                List.of("container_run_failed run_1-ended 2026-01-01T00:10:00Z"
                        + " {\"run_id\":\"run_1\",\"error\":\"provider_lost\"}"),
                written(1));
    }

    @Test
    void shouldGiveTheEndToAResponseThatComesWhenNobodyWaitsForItAnyMore() throws Exception {
        patience = Duration.ofHours(1);
        requested("run_1");
        now = START.plus(WAIT).plus(patience).plus(UsageSweep.MARGIN);
        await(sweep.sweep());
        assertEquals(List.of(), written(1));
        answered("run_1");
        await(sweep.sweep());
        assertEquals(
                List.of("container_run_finished run_1-ended 2026-01-01T00:00:07Z"
                        + " {\"run_id\":\"run_1\",\"duration_ms\":5000}"),
                written(1));
    }

    @Test
    void shouldEndWhatNobodyAnswersWhenThePatienceOfItsKindIsOver() throws Exception {
        patience = Duration.ofHours(1);
        requested("run_1");
        now = START.plus(WAIT).plus(patience).plus(UsageSweep.MARGIN).plusSeconds(1);
        await(sweep.sweep());
        assertEquals(
                List.of("container_run_failed run_1-ended 2026-01-01T00:10:00Z"
                        + " {\"run_id\":\"run_1\",\"error\":\"provider_lost\"}"),
                written(1));
    }

    /** More than one sweep ends are said to be over and have no response: theirs is looked for behind the others. */
    @Test
    void shouldLookForAllByTurns() throws Exception {
        for (int i = 0; i < UsageSweep.MAX_ENDS; i++) {
            requested("run_deleted_" + i);
            ended.add("run_deleted_" + i);
        }
        requested("run_1");
        answered("run_1");
        await(sweep.sweep());
        await(sweep.sweep());
        assertEquals(1, written(UsageSweep.MAX_ENDS + 1).size());
    }

    /** Nobody was there meanwhile, for longer than any run takes. */
    @Test
    void shouldLookAsFarBackAsTheHistoryGoes() throws Exception {
        requested("run_1");
        now = Instant.now().plus(Duration.ofDays(365));
        await(sweep.sweep());
        assertEquals(1, written(1).size());
    }

    @Test
    void shouldLeaveAloneWhatHasAnEnd() throws Exception {
        requested("run_1");
        requested("run_2");
        record(use("run_1").finished(START, Json.object()));
        record(use("run_2").failed(START, "timeout"));
        answered("run_1");
        now = START.plus(Duration.ofDays(1));
        await(sweep.sweep());
        assertEquals(List.of(), written(4));
    }

    @Test
    void shouldSeeTheEndThatCameSinceItLooked() throws Exception {
        requested("run_1");
        await(sweep.sweep());
        record(use("run_1").failed(START, "timeout"));
        now = START.plus(Duration.ofDays(1));
        await(sweep.sweep());
        assertEquals(List.of(), written(2));
    }

    @Test
    void shouldLeaveAloneWhatIsNoRecordOfAProvider() throws Exception {
        ObjectNode mute = Json.object().put("run_id", "run_1");
        record(new UsageRecord("container_run_requested", "run_1-requested", ALICE, START, mute));
        record(new UsageRecord(
                "container_run_requested", "run_2", ALICE, START, Json.object().put(Use.WAIT, 1)));
        record(new UsageRecord(
                "runtime_start_requested",
                "x-requested",
                ALICE,
                START,
                Json.object().put(Use.WAIT, 1)));
        history.add(
                Envelope.builder(EventsUsage.REQUEST)
                        .payload("[\"container_run\"]")
                        .identityId(ALICE),
                START);
        now = START.plus(Duration.ofDays(1));
        await(sweep.sweep());
        assertEquals(List.of(), written(4));
    }

    @Test
    void shouldTryAgainWhereAnEndIsNotTaken() throws Exception {
        requested("run_1");
        answered("run_1");
        history.full = true;
        await(sweep.sweep());
        assertEquals(List.of(), written(1));
        history.full = false;
        await(sweep.sweep());
        assertEquals(1, written(1).size());
    }

    @Test
    void shouldReadAnotherLogFromItsBeginning() throws Exception {
        requested("run_1");
        await(sweep.sweep());
        history.another = true;
        answered("run_1");
        await(sweep.sweep()); // finds out
        await(sweep.sweep());
        assertEquals(1, written(1).size());
    }

    @Test
    void shouldNotReadAnewWhereItsRequestIsBadOtherwise() throws Exception {
        requested("run_1");
        await(sweep.sweep());
        history.picky = true;
        answered("run_1");
        await(sweep.sweep());
        await(sweep.sweep());
        assertEquals(List.of(), written(1));
        history.picky = false;
        await(sweep.sweep());
        assertEquals(1, written(1).size());
    }

    @Test
    void shouldEndWhatWasOpenWhereItsLogIsLost() throws Exception {
        requested("run_1");
        await(sweep.sweep());
        history.lose();
        await(sweep.sweep()); // finds out
        now = START.plus(Duration.ofDays(1));
        await(sweep.sweep());
        assertEquals(1, written(0).size());
    }

    @Test
    void shouldNotLetAnEndThatIsNeverTakenKeepTheOthersWaiting() throws Exception {
        history.refused = "run_1-ended";
        requested("run_1");
        requested("run_2");
        answered("run_1");
        answered("run_2");
        await(sweep.sweep());
        assertEquals(1, written(2).size());
    }

    @Test
    void shouldSayOfWhatWasEndedEarlyHowLongItWentOn() {
        for (String error : List.of("timeout", "cancelled")) {
            UsageRecord failed = use("run_1").failed(START, error, Optional.of(Duration.ofMillis(1_500)));
            assertEquals(
                    "{\"run_id\":\"run_1\",\"error\":\"" + error + "\",\"duration_ms\":1500}",
                    failed.data().toString());
        }
        UsageRecord unknown = use("run_1").failed(START, "timeout", Optional.empty());
        assertEquals(
                "{\"run_id\":\"run_1\",\"error\":\"timeout\"}", unknown.data().toString());
        UsageRecord other = use("run_1").failed(START, "unavailable", Optional.of(Duration.ofMillis(1_500)));
        assertEquals(
                "{\"run_id\":\"run_1\",\"error\":\"unavailable\"}", other.data().toString());
    }

    @Test
    void shouldKeepAnEndThatNobodyElseWillSayWhereThereIsNoSweep() {
        MemoryUsage memory = new MemoryUsage();
        UsageRecord end = use("run_1").failed(START, "timeout");
        memory.unanswered(end);
        assertEquals(List.of(end), memory.records());
    }

    @Test
    void shouldGiveBothEndsOfAUseOneId() {
        assertEquals(
                use("run_1").finished(START, Json.object()).id(),
                use("run_1").failed(START, "timeout").id());
    }
}
