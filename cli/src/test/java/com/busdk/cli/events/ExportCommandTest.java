package com.busdk.cli.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.cli.ExitCode;
import com.busdk.cli.events.FakeService.Answer;
import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code bus events export} does with files and answers that are not as they should be. */
@Timeout(60)
class ExportCommandTest extends HistoryTestCase {
    @Test
    void shouldWriteLinesAsTheyCame() throws IOException {
        service.on(STREAM, Answer.lines(event(1), event(2)));

        var file = exportTo("h.ndjson", "-f", "json");
        var standard = exportTo("-", "--after", id(7));

        assertEquals(0, file.code(), file.err());
        assertEquals("{\"exported\":2,\"firstId\":\"" + id(1) + "\",\"lastId\":\"" + id(2) + "\"}\n", file.out());
        assertEquals(event(1) + "\n" + event(2) + "\n", Files.readString(directory.resolve("h.ndjson")));
        assertEquals(event(1) + "\n" + event(2) + "\n", standard.out());
        assertTrue(standard.err().startsWith("exported 2 events to standard output"), standard.err());
        String query = service.asked().get(0).query();
        assertTrue(query.contains("name=>") && query.contains("follow=false"), query);
        assertTrue(query.contains("replay=true") && !query.contains("after="), query);
        assertTrue(service.asked().get(1).query().contains("after=" + id(7)));
    }

    @Test
    void shouldGoOnBehindTheFile() throws IOException {
        write("h.ndjson", event(1), event(2));
        service.on(STREAM, Answer.lines(event(3)));

        var result = exportTo("h.ndjson");
        var after = exportTo("h.ndjson", "--after", id(1));

        assertEquals(0, result.code(), result.err());
        assertTrue(service.asked().getFirst().query().contains("after=" + id(2)));
        assertEquals(3, Files.readAllLines(directory.resolve("h.ndjson")).size());
        assertEquals(ExitCode.USAGE, after.code(), after.err());
        assertTrue(after.err().contains("goes on behind " + id(3)), after.err());
    }

    @Test
    void shouldFailWhereTheHistoryHasAGap() throws IOException {
        write("h.ndjson", event(1), event(2));
        var truncated = Answer.lines(event(7));
        service.on(STREAM, new Answer(200, truncated.type(), truncated.body(), Map.of("Bus-Replay-Truncated", "true")));

        var result = exportTo("h.ndjson");

        assertEquals(ExitCode.FAILED, result.code(), result.err());
        assertTrue(result.err().contains("no longer keeps what came behind " + id(2)), result.err());
        assertEquals(event(1) + "\n" + event(2) + "\n", Files.readString(directory.resolve("h.ndjson")));
    }

    @Test
    void shouldWriteNothingThatIsBehindAGap() throws IOException {
        service.on(STREAM, Answer.lines(event(1), event(2), "{\"notice\":\"truncated\"}", event(7)));

        var result = exportTo("h.ndjson");

        assertEquals(ExitCode.FAILED, result.code(), result.err());
        assertTrue(result.err().contains("behind " + id(2)), result.err());
        assertEquals(event(1) + "\n" + event(2) + "\n", Files.readString(directory.resolve("h.ndjson")));
    }

    @Test
    void shouldFailForAGapWithNothingBehindIt() throws IOException {
        service.on(STREAM, Answer.lines(event(1), "{\"notice\":\"truncated\"}"));

        assertEquals(ExitCode.FAILED, exportTo("h.ndjson").code());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "my notes\n",
                "my notes",
                "{\"name\":\"example.ping\"}\n",
                "{\"id\":\"evt_1\",\"name\":\"a.b\",\"createdAt\":\"2026-11-22T01:46:52.123456Z\"}\n",
                "EVENT\nmy notes",
                "EVENT\n\n",
                "{\"id\":\"7\"",
                "[]\n"
            })
    void shouldLeaveAForeignFileAsItIs(String content) throws IOException {
        String text = content.replace("EVENT", event(1));
        Files.writeString(directory.resolve("h.ndjson"), text);

        var result = exportTo("h.ndjson");

        assertEquals(ExitCode.FAILED, result.code(), result.err());
        assertTrue(result.err().contains("is no export, and is left as it is"), result.err());
        assertEquals(text, Files.readString(directory.resolve("h.ndjson")));
        assertEquals(List.of(), service.asked());
    }

    @ParameterizedTest
    @ValueSource(strings = {"export", "import"})
    void shouldRefuseTheTokenOfAUser(String verb) throws IOException {
        write("h.ndjson", event(1));
        String token = new TokenMinter(Hs256Secret.parse("a".repeat(40)), Clock.systemUTC())
                .mint(new TokenMinter.Grant(
                        "alice", Scopes.AUDIENCE_API, Scopes.parse("events:admin"), Duration.ofHours(1), false));

        var result = bus().with("BUS_API_TOKEN", token).run("events", verb, "--file", "h.ndjson");

        assertEquals(ExitCode.NO_PERMISSION, result.code(), result.err());
        assertTrue(result.err().contains("the token of a user"), result.err());
        assertEquals(List.of(), service.asked());
    }
}
