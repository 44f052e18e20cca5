package com.busdk.cli.events;

import com.busdk.cli.CommandLineRun;
import com.busdk.cli.events.FakeService.Answer;
import com.busdk.cli.events.FakeService.Asked;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Files and answers for {@code bus events export} and {@code import}. */
abstract class HistoryTestCase extends WithFakeService {
    static final String EPOCH = "evt_0000000000aa";
    static final String NEW_EPOCH = "evt_0000000000bb";
    static final String STREAM = "GET /api/v1/events/stream";
    static final String PUBLISH = "POST /api/v1/events";

    static String id(int sequence) {
        return EPOCH + String.format("%014x", sequence);
    }

    static String newId(int sequence) {
        return NEW_EPOCH + String.format("%014x", sequence);
    }

    static String event(int sequence) {
        return event(sequence, "example.ping", "");
    }

    /** @param more further fields, each with a comma behind it */
    static String event(int sequence, String name, String more) {
        return "{\"id\":\"" + id(sequence) + "\",\"sequence\":" + sequence
                + ",\"createdAt\":\"2026-11-22T01:46:52.123456Z\",\"name\":\"" + name + "\",\"identityId\":\"alice\","
                + more
                + "\"payload\":" + sequence + "}";
    }

    Path write(String name, String... lines) throws IOException {
        return Files.writeString(
                directory.resolve(name),
                String.join("", List.of(lines).stream().map(line -> line + "\n").toList()));
    }

    /** Publishes what comes, and gives ids from {@code first} on. */
    void publishFrom(int first) {
        var next = new AtomicInteger(first);
        service.on(PUBLISH, asked -> receipt(next, asked));
        service.on(STREAM, Answer.lines());
    }

    static Answer receipt(AtomicInteger next, Asked asked) {
        int count = (int) asked.body().lines().count();
        int begin = next.getAndAdd(count);
        return Answer.json(
                202,
                "{\"accepted\":true,\"count\":" + count + ",\"firstId\":\"" + newId(begin) + "\",\"lastId\":\""
                        + newId(begin + count - 1) + "\"}");
    }

    List<String> published() {
        return service.asked().stream()
                .filter(asked -> asked.method().equals("POST"))
                .flatMap(asked -> asked.body().lines())
                .toList();
    }

    CommandLineRun.Result exportTo(String file, String... more) {
        return run("export", file, more);
    }

    CommandLineRun.Result importFrom(String file, String... more) {
        return run("import", file, more);
    }

    CommandLineRun.Result run(String verb, String file, String... more) {
        List<String> words = new ArrayList<>(List.of("events", verb, "--file", file));
        words.addAll(List.of(more));
        return bus().run(words.toArray(String[]::new));
    }
}
