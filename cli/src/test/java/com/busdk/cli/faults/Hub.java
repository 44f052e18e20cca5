package com.busdk.cli.faults;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The Events API as the clients of the suite use it, without any library of ours between: what they see is what was on
 * the wire. Any thread; it blocks, so its callers are virtual ones.
 */
final class Hub {
    static final String NAME = "faults.value";
    static final String GROUP = "workers";

    /** Beyond that a publish is sent again, though the first may still be on its way. */
    private static final Duration ANSWER = Duration.ofSeconds(5);

    /** Fills segments, so that a run has several. */
    private static final String PADDING = "x".repeat(300);

    private static final long BREATH_NANOS = 20_000_000;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final String root;
    private final String token;
    private final IntSupplier life;
    private volatile boolean closed;

    /** At that port, with the token; {@code life} says which process of the service is there. */
    Hub(int port, String token, IntSupplier life) {
        this.root = "http://127.0.0.1:" + port + "/api/v1/events";
        this.token = token;
        this.life = life;
    }

    /** Before something is tried again. */
    void breathe() {
        LockSupport.parkNanos(BREATH_NANOS);
    }

    /** From now on nothing is tried again. */
    void close() {
        closed = true;
    }

    private void breatheUnlessClosed() throws IOException {
        if (closed) {
            throw new IOException("the run is over");
        }
        breathe();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(root + path)).header("Authorization", "Bearer " + token);
    }

    private HttpRequest post(String path, String type, String body) {
        return request(path)
                .header("Content-Type", type)
                .timeout(ANSWER)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    /**
     * Publishes them, again and again until the answer is 202: one as an event, several as lines.
     *
     * @return an id for each; empty texts where the answer has none
     */
    List<String> publish(List<Value> values) throws IOException, InterruptedException {
        StringBuilder lines = new StringBuilder();
        for (Value value : values) {
            lines.append(
                    "{\"name\":\"%s\",\"idempotencyKey\":\"%s\",\"payload\":{\"p\":\"%s\",\"n\":%d,\"x\":\"%s\"}}\n"
                            .formatted(NAME, value, value.publisher(), value.number(), PADDING));
        }
        boolean one = values.size() == 1;
        HttpRequest request = post("", one ? "application/json" : "application/x-ndjson", lines.toString());
        while (true) {
            try {
                HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
                if (answer.statusCode() == 202) {
                    return ids(JSON.readTree(answer.body()), values.size());
                }
                refuseUnless503(answer);
            } catch (IOException maybe) {
                // Nobody knows whether it counts: it is sent again under the same key.
            }
            breatheUnlessClosed();
        }
    }

    private static List<String> ids(JsonNode answer, int count) {
        if (count == 1) {
            return List.of(answer.path("id").asText());
        }
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ids.add("");
        }
        ids.set(0, answer.path("firstId").asText());
        ids.set(count - 1, answer.path("lastId").asText());
        return ids;
    }

    private static void refuseUnless503(HttpResponse<String> answer) {
        if (answer.statusCode() != 503) {
            throw new AssertionError("the contract has no such answer: " + answer.statusCode() + " " + answer.body());
        }
    }

    /** Acknowledges a lease, again until there is an answer; whether it counted. */
    boolean acknowledge(String lease) throws InterruptedException, IOException {
        return settle("{\"group\":\"%s\",\"ack\":[\"%s\"]}".formatted(GROUP, lease))
                        .path("ack")
                        .asInt()
                == 1;
    }

    /** Hands a lease back. */
    void giveBack(String lease) throws InterruptedException, IOException {
        settle("{\"group\":\"%s\",\"nack\":[{\"token\":\"%s\",\"delay\":\"0s\"}]}".formatted(GROUP, lease));
    }

    private JsonNode settle(String body) throws InterruptedException, IOException {
        HttpRequest request = post("/ack", "application/json", body);
        while (true) {
            try {
                HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
                if (answer.statusCode() == 200) {
                    return JSON.readTree(answer.body());
                }
                refuseUnless503(answer);
            } catch (IOException maybe) {
                // It may have counted; an acknowledgement may be repeated.
            }
            breatheUnlessClosed();
        }
    }

    /** All that is stored; fails if the answer does not come to its end. */
    List<Line> readAll() throws IOException, InterruptedException {
        List<Line> lines = new ArrayList<>();
        try (Stream stream = listen("&follow=false")) {
            for (JsonNode event = stream.next(); event != null; event = stream.next()) {
                lines.add(line(event));
            }
        }
        return lines;
    }

    /** All that is retained, as it comes: also what came before a reading was broken off. */
    void readAll(Consumer<String> lines) throws IOException, InterruptedException {
        try (Stream stream = listen("&follow=false")) {
            for (String line = stream.nextLine(); line != null; line = stream.nextLine()) {
                lines.accept(line);
            }
        }
    }

    /** How much the group still has to do: what waits, and what is leased. */
    int left() throws IOException, InterruptedException {
        HttpRequest request =
                request("/groups?name=" + NAME).timeout(ANSWER).GET().build();
        HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
        int left = 0;
        for (JsonNode group : JSON.readTree(answer.body()).path("groups")) {
            left += group.path("lag").asInt()
                    + group.path("in_flight").asInt()
                    + group.path("waiting").asInt();
        }
        return left;
    }

    /** Whether the service takes events. */
    boolean isReady() throws InterruptedException {
        try {
            URI ready = URI.create(root.replace("/api/v1/events", "/readyz"));
            HttpRequest request = HttpRequest.newBuilder(ready).timeout(ANSWER).build();
            return http.send(request, BodyHandlers.ofString()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    Stream listen(String parameters) throws IOException, InterruptedException {
        int before = life.getAsInt();
        HttpRequest request = request("/stream?name=" + NAME + parameters).GET().build();
        HttpResponse<InputStream> answer = http.send(request, BodyHandlers.ofInputStream());
        Stream stream = new Stream(answer.body(), before);
        if (answer.statusCode() != 200) {
            try (stream) {
                String said = new String(answer.body().readAllBytes(), StandardCharsets.UTF_8);
                if (answer.statusCode() != 503) {
                    throw new AssertionError("the contract has no such answer: " + answer.statusCode() + " " + said);
                }
                throw new IOException(said);
            }
        }
        if (life.getAsInt() != before) {
            stream.close();
            throw new IOException("between two lives of the service");
        }
        return stream;
    }

    /** The id of an event as it is written: the first of its members, as the contract has it; else empty. */
    static String id(String line) {
        String begin = "{\"id\":\"";
        int end = line.startsWith(begin) ? line.indexOf('"', begin.length()) : -1;
        return end < 0 ? "" : line.substring(begin.length(), end);
    }

    static Line line(JsonNode event) {
        JsonNode payload = event.path("payload");
        return new Line(
                event.path("id").asText(),
                event.path("sequence").asLong(),
                new Value(payload.path("p").asText(), payload.path("n").asLong()));
    }

    /** An answer that goes on, line by line. */
    static final class Stream implements AutoCloseable {
        private final InputStream in;
        private final int life;

        private Stream(InputStream in, int life) {
            this.in = new BufferedInputStream(in);
            this.life = life;
        }

        /** Which process of the service answers. */
        int life() {
            return life;
        }

        /** The next event; null at the answer's proper end. */
        @Nullable
        JsonNode next() throws IOException {
            String line = nextLine();
            return line == null ? null : JSON.readTree(line);
        }

        /** The next event as it is written, without its end; null at the answer's proper end. */
        @Nullable
        String nextLine() throws IOException {
            while (true) {
                ByteArrayOutputStream line = new ByteArrayOutputStream(512);
                int read = in.read();
                for (; read >= 0 && read != '\n'; read = in.read()) {
                    line.write(read);
                }
                if (read < 0) {
                    if (line.size() > 0) {
                        throw new EOFException("in the middle of a line");
                    }
                    return null;
                }
                if (line.size() > 0) {
                    return line.toString(StandardCharsets.UTF_8);
                }
            }
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
