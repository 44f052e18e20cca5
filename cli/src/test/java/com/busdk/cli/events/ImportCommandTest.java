package com.busdk.cli.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.cli.CommandLineRun;
import com.busdk.cli.ExitCode;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Common;
import com.busdk.cli.command.Environment;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.events.FakeService.Answer;
import com.busdk.cli.files.PrivateFiles;
import com.busdk.cli.term.Output;
import com.busdk.cli.term.Progress;
import com.busdk.cli.term.Terminals;
import com.busdk.client.event.Envelope;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code bus events import} does with files and answers that are not as they should be. */
@Timeout(60)
class ImportCommandTest extends HistoryTestCase {
    @Test
    void shouldPublishWhatAPublisherGivesAndKeepTheRestAsMetadata() throws IOException {
        publishFrom(1);
        write("h.ndjson", event(1, "example.ping", "\"key\":\"k\",\"metadata\":{\"a\":\"b\"},"), event(2));

        var result = importFrom("h.ndjson");

        assertEquals(0, result.code(), result.err());
        assertEquals(
                "imported 2 events, 2 in all\nfirst: " + id(1) + " is " + newId(1) + "\nlast:  " + id(2) + " is "
                        + newId(2) + "\n",
                result.out());
        String time = ",\"bus_created_at\":\"2026-11-22T01:46:52.123456Z\"},\"idempotencyKey\":\"import:";
        assertEquals(
                List.of(
                        "{\"name\":\"example.ping\",\"identityId\":\"alice\",\"key\":\"k\",\"payload\":1,"
                                + "\"metadata\":{\"a\":\"b\",\"bus_id\":\"" + id(1) + "\"" + time + id(1) + "\"}",
                        "{\"name\":\"example.ping\",\"identityId\":\"alice\",\"payload\":2,\"metadata\":{\"bus_id\":\""
                                + id(2) + "\"" + time + id(2) + "\"}"),
                published());
    }

    @Test
    void shouldSayWhatDidNotFit() throws IOException {
        publishFrom(1);
        String full = "{"
                + String.join(
                        ",",
                        IntStream.range(0, 31)
                                .mapToObj(i -> "\"k" + i + "\":\"v\"")
                                .toList()) + "}";
        String large = "{\"k\":\"" + "x".repeat(4_050) + "\"}";
        String moved = "{\"bus_id\":\"" + newId(9) + "\",\"bus_created_at\":\"2020-01-01T00:00:00Z\"}";
        write(
                "h.ndjson",
                event(1, "example.ping", "\"metadata\":" + full + ","),
                event(2, "example.ping", "\"metadata\":" + large + ","),
                event(3, "bus.events.dead_letter", ""),
                event(4, "example.ping", "\"metadata\":" + moved + ","));

        var result = importFrom("h.ndjson");

        assertEquals(0, result.code(), result.err());
        assertTrue(result.out().startsWith("imported 3 events, 3 in all\n"), result.out());
        assertTrue(result.out().contains("1 dead letters left out"), result.out());
        assertTrue(result.out().contains("2 events without their old id"), result.out());
        assertTrue(result.out().contains("1 events had been moved before"), result.out());
        List<String> lines = published();
        assertTrue(lines.get(0).contains("\"metadata\":" + full + ","), lines.get(0));
        assertTrue(lines.get(1).contains("\"metadata\":" + large + ","), lines.get(1));
        assertTrue(lines.get(2).contains("\"metadata\":" + moved + ","), lines.get(2));
        lines.forEach(Envelope::parse);
    }

    @Test
    void shouldUseTheLastRoomInTheMetadata() throws IOException {
        publishFrom(1);
        String thirty = "{"
                + String.join(
                        ",",
                        IntStream.range(0, 30)
                                .mapToObj(i -> "\"k" + i + "\":\"v\"")
                                .toList()) + "}";
        write("h.ndjson", event(1, "example.ping", "\"metadata\":" + thirty + ","));

        importFrom("h.ndjson");

        Envelope sent = Envelope.parse(published().getFirst());
        assertEquals(32, sent.metadata().size());
        assertEquals(id(1), sent.metadata().get("bus_id"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "my notes\n",
                "{\"name\":\"example.ping\",\"payload\":1}\n",
                "EVENT 2\nEVENT 1\n",
                "EVENT 2\nEVENT 2\n",
                """
                EVENT 1
                {"id":"evt_0000000000cc00000000000005","name":"a.b","createdAt":"2026-11-22T01:46:52Z"}
                """,
                "EVENT 1\n\nEVENT 2\n",
                "[1]\n"
            })
    void shouldRefuseWhatIsNoExport(String content) throws IOException {
        publishFrom(1);
        Files.writeString(
                directory.resolve("h.ndjson"),
                content.replace("EVENT 1", event(1)).replace("EVENT 2", event(2)));

        var result = importFrom("h.ndjson");

        assertEquals(ExitCode.FAILED, result.code(), result.err());
        assertTrue(result.err().contains("line ") && result.err().contains("export"), result.err());
        assertEquals(List.of(), published());
    }

    @Test
    void shouldNameTheLineThatTheServiceRefused() throws IOException {
        service.on(
                PUBLISH,
                Answer.json(
                        403,
                        "{\"error\":{\"type\":\"forbidden\",\"message\":\"it needs the scope"
                                + " vm:write\",\"line\":2,\"count\":1}}"));
        write("h.ndjson", event(1), event(2, "bus.events.dead_letter", ""), event(3), event(4));

        var result = importFrom("h.ndjson");

        assertEquals(ExitCode.NO_PERMISSION, result.code(), result.err());
        assertTrue(result.err().contains("line 3 of "), result.err());
        assertTrue(result.err().contains(id(3) + ": it needs the scope vm:write"), result.err());
    }

    @Test
    void shouldSendTheSameAgainWhenTheServiceIsUnavailable() throws IOException {
        var next = new AtomicInteger(1);
        var calls = new AtomicInteger();
        service.on(
                PUBLISH,
                asked -> calls.incrementAndGet() == 1
                        ? Answer.error(503, "unavailable", "no leader")
                        : receipt(next, asked));
        write("h.ndjson", event(1), event(2));

        var result = importFrom("h.ndjson");

        assertEquals(0, result.code(), result.err());
        assertTrue(result.err().contains("no leader; sending the same again in"), result.err());
        assertEquals(2, service.asked().size());
        assertEquals(service.asked().get(0).body(), service.asked().get(1).body());
    }

    @Test
    void shouldLookWhatIsThereBeforeItSendsAgainAfterLong() throws Exception {
        Path file = write("h.ndjson", event(1), event(2), event(3));
        // Of what is sent first an answer is lost, and the first two have been published.
        var sent = new AtomicInteger();
        service.on(
                PUBLISH,
                asked -> sent.incrementAndGet() == 1
                        ? Answer.error(503, "unavailable", "no leader")
                        : receipt(new AtomicInteger(7), asked));
        service.on(STREAM, Answer.lines(landed(1, 5), landed(2, 6)));

        ImportState done = importLookingAgain(file);

        assertEquals(3, done.published());
        assertEquals(new ImportState.Moved(id(1), newId(5), id(3), newId(7)), done.moved());
        assertEquals(4, published().size());
        assertTrue(published().getLast().contains(id(3)), published().getLast());
    }

    @Test
    void shouldNameTheLineOfWhatItSentAgainThatTheServiceRefused() throws Exception {
        Path file = write("h.ndjson", event(1), event(2), event(3));
        var sent = new AtomicInteger();
        service.on(
                PUBLISH,
                _ -> sent.incrementAndGet() == 1
                        ? Answer.error(503, "unavailable", "no leader")
                        : Answer.json(
                                403,
                                "{\"error\":{\"type\":\"forbidden\",\"message\":\"it needs the scope"
                                        + " vm:write\",\"line\":1,\"count\":1}}"));
        service.on(STREAM, Answer.lines(landed(1, 5), landed(2, 6)));

        String refused =
                assertThrows(CliException.class, () -> importLookingAgain(file)).getMessage();

        assertTrue(refused.startsWith("line 3 of "), refused);
        assertTrue(refused.contains(id(3) + ": it needs the scope vm:write"), refused);
    }

    /** Imports it; after each failure it looks what is there before it sends again. */
    private ImportState importLookingAgain(Path file) throws Exception {
        var environment = new Environment(
                "bus",
                Map.of("BUS_API_TOKEN", TOKEN, "BUS_EVENTS_API_URL", service.url()),
                directory,
                InputStream.nullInputStream(),
                new Output(OutputStream.nullOutputStream()),
                new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8),
                Terminals.NONE);
        var common = new Common(0, true, null, null, null, Common.Color.NEVER, null, "--api-url", null, null);
        var invocation = new Invocation(environment, common);
        Path noted = directory.resolve("h.ndjson.imported");

        try (EventsSession session = EventsSession.open(invocation);
                Importer importer = Importer.open(invocation, session, file, noted, null, null)) {
            importer.lookAgainAfter(Duration.ofNanos(1));
            return importer.run(new Progress(environment.err(), false, 0));
        }
    }

    @Test
    void shouldTellEventsApartThatHaveTheSameOldId() throws IOException {
        // The second is a copy of the first, with its metadata; of both, the first has been published.
        String copied = "\"metadata\":{\"bus_id\":\"" + newId(99) + "\"},";
        write("h.ndjson", event(1, "example.ping", copied), event(2, "example.ping", copied));
        service.on(PUBLISH, Answer.error(403, "forbidden", "no"));
        importFrom("h.ndjson", "--map", "ids.tsv");
        publishFrom(6);
        service.on(
                STREAM,
                Answer.lines(event(1, "example.ping", copied).replace("{\"id\":\"" + id(1), "{\"id\":\"" + newId(5))));

        var result = importFrom("h.ndjson", "--map", "ids.tsv");

        assertEquals(0, result.code(), result.err());
        assertEquals(3, published().size());
        assertTrue(
                published().getLast().contains("import:" + id(2)), published().getLast());
        assertEquals(
                List.of(id(1) + "\t" + newId(5), id(2) + "\t" + newId(6)),
                Files.readAllLines(directory.resolve("ids.tsv")));
    }

    @Test
    void shouldRefuseASecondImportOfTheSameFileMeanwhile() throws IOException {
        publishFrom(1);
        write("h.ndjson", event(1));
        CommandLineRun.Result meanwhile;
        try (FileChannel other = PrivateFiles.openToChange(directory.resolve("h.ndjson.imported.lock"))) {
            other.lock();
            meanwhile = importFrom("h.ndjson");
        }
        var later = importFrom("h.ndjson");

        assertEquals(ExitCode.FAILED, meanwhile.code(), meanwhile.err());
        assertTrue(meanwhile.err().contains("another import of h.ndjson is under way"), meanwhile.err());
        assertEquals(0, later.code(), later.err());
        assertEquals(1, published().size());
    }

    @Test
    void shouldSayWhatToDoWhereAnEventHasBecomeTooLarge() throws IOException {
        service.on(
                PUBLISH,
                Answer.json(
                        413,
                        "{\"error\":{\"type\":\"payload_too_large\",\"message\":\"too"
                                + " large\",\"line\":1,\"count\":0}}"));
        write("h.ndjson", event(1));

        var result = importFrom("h.ndjson");

        assertEquals(ExitCode.FAILED, result.code(), result.err());
        assertTrue(result.err().contains("line 1 of "), result.err());
        assertTrue(result.err().contains("--max-event-bytes"), result.err());
    }

    private static String landed(int sequence, int now) {
        return event(sequence, "example.ping", "\"metadata\":{\"bus_id\":\"" + id(sequence) + "\"},")
                .replace("{\"id\":\"" + id(sequence), "{\"id\":\"" + newId(now));
    }

    @Test
    void shouldImportTheWholeLinesOfAFileThatWasCutOff() throws IOException {
        publishFrom(1);
        String second = event(2);
        Path file = Files.writeString(
                directory.resolve("h.ndjson"), event(1) + "\n" + second.substring(0, second.length() - 1));

        var torn = importFrom("h.ndjson");
        Files.writeString(file, event(1) + "\n" + second + "\n");
        var whole = importFrom("h.ndjson");

        assertEquals(ExitCode.FAILED, torn.code(), torn.out());
        assertTrue(torn.out().startsWith("imported 1 events"), torn.out());
        assertTrue(torn.err().contains("has no end"), torn.err());
        assertEquals(0, whole.code(), whole.err());
        assertTrue(whole.out().startsWith("imported 1 events, 2 in all"), whole.out());
        assertEquals(2, published().size());
    }

    @Test
    void shouldRefuseAFileThatHasChanged() throws IOException {
        publishFrom(1);
        write("h.ndjson", event(1), event(2));
        importFrom("h.ndjson");
        write("h.ndjson", event(1), event(3), event(4));

        var result = importFrom("h.ndjson");

        assertEquals(ExitCode.FAILED, result.code(), result.out());
        assertTrue(result.err().contains("has changed since"), result.err());
        assertEquals(2, published().size());
    }

    @Test
    void shouldMapOnlyWhatItKnowsWhereOthersPublishToo() throws IOException {
        service.on(
                PUBLISH,
                Answer.json(
                        202,
                        "{\"accepted\":true,\"count\":3,\"firstId\":\"" + newId(5) + "\",\"lastId\":\"" + newId(8)
                                + "\"}"));
        write("h.ndjson", event(1), event(2), event(3));

        var result = importFrom("h.ndjson", "--map", "ids.tsv");

        assertEquals(0, result.code(), result.err());
        assertEquals(
                List.of(id(1) + "\t" + newId(5), id(3) + "\t" + newId(8)),
                Files.readAllLines(directory.resolve("ids.tsv")));
    }

    @Test
    void shouldNotMixMaps() throws IOException {
        publishFrom(1);
        write("h.ndjson", event(1));
        Files.writeString(directory.resolve("ids.tsv"), "something\n");

        var other = importFrom("h.ndjson", "--map", "ids.tsv");
        var without = importFrom("h.ndjson");
        var late = importFrom("h.ndjson", "--map", "new.tsv");

        assertEquals(ExitCode.FAILED, other.code(), other.out());
        assertEquals("something\n", Files.readString(directory.resolve("ids.tsv")));
        assertEquals(0, without.code(), without.err());
        assertEquals(ExitCode.FAILED, late.code(), late.out());
        assertFalse(Files.exists(directory.resolve("new.tsv")));
    }

    @Test
    void shouldCutOffNoOtherFileThanTheMap() throws IOException {
        publishFrom(1);
        write("h.ndjson", event(1));
        importFrom("h.ndjson", "--map", "ids.tsv");
        write("h.ndjson", event(1), event(2));
        String other = "something\n".repeat(20);
        Files.writeString(directory.resolve("other.tsv"), other);

        var result = importFrom("h.ndjson", "--map", "other.tsv");

        assertEquals(ExitCode.FAILED, result.code(), result.out());
        assertEquals(other, Files.readString(directory.resolve("other.tsv")));
        assertEquals(1, published().size());
    }

    @Test
    void shouldBeginAgainWithAMapWhereNothingWasImported() throws IOException {
        service.on(PUBLISH, Answer.error(403, "forbidden", "no"));
        service.on(STREAM, Answer.lines());
        write("h.ndjson", event(1));
        importFrom("h.ndjson");
        publishFrom(1);

        var result = importFrom("h.ndjson", "--map", "ids.tsv");

        assertEquals(0, result.code(), result.err());
        assertEquals(id(1) + "\t" + newId(1) + "\n", Files.readString(directory.resolve("ids.tsv")));
    }

    @Test
    void shouldForgetWhatTheMapHasAheadOfWhatIsNoted() throws IOException {
        publishFrom(1);
        write("h.ndjson", event(1));
        importFrom("h.ndjson", "--map", "ids.tsv");
        Path map = directory.resolve("ids.tsv");
        String noted = Files.readString(map);
        Files.writeString(map, noted + id(2) + "\t" + newId(2) + "\n" + id(3));
        write("h.ndjson", event(1), event(2));

        var result = importFrom("h.ndjson", "--map", "ids.tsv");

        assertEquals(0, result.code(), result.err());
        assertEquals(noted + id(2) + "\t" + newId(2) + "\n", Files.readString(map));
    }

    @Test
    void shouldShowHowFarItIsOnATerminal() throws IOException {
        publishFrom(1);
        write("h.ndjson", event(1));

        var result = bus().onTerminal().run("events", "import", "--file", "h.ndjson");

        assertTrue(result.err().contains("100%"), result.err());
    }

    @Test
    void shouldTakeNoStandardInput() {
        var result = importFrom("-");

        assertEquals(ExitCode.USAGE, result.code(), result.err());
        assertEquals(List.of(), service.asked());
    }
}
