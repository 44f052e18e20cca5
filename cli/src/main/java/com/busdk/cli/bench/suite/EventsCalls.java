package com.busdk.cli.bench.suite;

import com.busdk.cli.bench.Target;
import com.busdk.cli.command.CliException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Calls of an events service beside the load: what prepares it, and what tells that it is over. Lives on the thread of the
 * command, which waits for each answer.
 */
final class EventsCalls {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    /** A backlog that is not done by then is not being worked on. */
    private static final Duration LONGEST = Duration.ofMinutes(3);

    /** Rare beside the events that are done in between, often beside the time of a whole backlog. */
    private static final int POLL_MILLIS = 20;

    private static final Pattern OPEN = Pattern.compile("\"(?:lag|in_flight|waiting)\":(\\d+)");

    /** Lines that are one piece of a body. */
    private static final int PIECE = 256;

    private final Target target;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    EventsCalls(Target target) {
        this.target = target;
    }

    /** Publishes a request and returns its response, an envelope. */
    String request(String envelope) throws IOException, InterruptedException {
        return post("/request?timeout=30s", "application/json", BodyPublishers.ofString(envelope));
    }

    /** Publishes that many events as lines; {@code line} makes each from its number, from 0 on, with a line break. */
    void publish(int count, IntFunction<String> line) throws IOException, InterruptedException {
        String answer = post(
                "",
                "application/x-ndjson",
                BodyPublishers.ofByteArrays(() -> pieces(count, line).iterator()));
        if (!answer.contains("\"count\":" + count)) {
            throw CliException.failed("the service did not take all of " + count + " events: " + answer);
        }
    }

    private static Stream<byte[]> pieces(int count, IntFunction<String> line) {
        return IntStream.range(0, (count + PIECE - 1) / PIECE)
                .mapToObj(piece -> piece(piece * PIECE, Math.min(count, (piece + 1) * PIECE), line));
    }

    private static byte[] piece(int from, int to, IntFunction<String> line) {
        StringBuilder lines = new StringBuilder();
        for (int number = from; number < to; number++) {
            lines.append(line.apply(number));
        }
        return lines.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Waits until the groups of an event name have done all there is. */
    void awaitDone(String name) throws IOException, InterruptedException {
        long end = System.nanoTime() + LONGEST.toNanos();
        while (System.nanoTime() - end < 0) {
            String groups = send(call("/groups?name=" + name).GET().build());
            if (groups.contains("\"lag\":") && open(groups) == 0) {
                return;
            }
            Thread.sleep(POLL_MILLIS);
        }
        throw CliException.failed("a backlog of " + name + " was not done in " + LONGEST.toMinutes() + " minutes");
    }

    private static long open(String groups) {
        Matcher found = OPEN.matcher(groups);
        long open = 0;
        while (found.find()) {
            open += Long.parseLong(found.group(1));
        }
        return open;
    }

    private String post(String below, String type, BodyPublisher body) throws IOException, InterruptedException {
        return send(call(below).header("Content-Type", type).POST(body).build());
    }

    private HttpRequest.Builder call(String below) {
        return HttpRequest.newBuilder(
                        URI.create("http://" + target.host() + ":" + target.port() + target.path() + below))
                .timeout(TIMEOUT)
                .header("Authorization", "Bearer " + target.token());
    }

    private String send(HttpRequest request) throws IOException, InterruptedException {
        HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
        if (answer.statusCode() / 100 != 2) {
            throw CliException.failed("the events service answered " + answer.statusCode() + ": " + answer.body());
        }
        return answer.body();
    }
}
