package com.busdk.broker.contract.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who calls the service over HTTP/1.1 with a token, or without one; where that is several processes, each request
 * goes to the next of them. Any thread.
 */
public final class Caller {
    /** Where the collection is. */
    public static final String EVENTS = "/api/v1/events";

    private static final HttpClient CLIENT = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Deadline.PATIENCE)
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .build();

    private final List<URI> roots;
    private final AtomicInteger turn;
    private final @Nullable String token;
    private final HttpClient client;

    /** @param turn counts the requests of all who share it */
    Caller(List<URI> roots, AtomicInteger turn, @Nullable String token) {
        this(roots, turn, token, CLIENT);
    }

    private Caller(List<URI> roots, AtomicInteger turn, @Nullable String token, HttpClient client) {
        this.roots = List.copyOf(roots);
        this.turn = turn;
        this.token = token;
        this.client = client;
    }

    /** A caller of the service at that root, which has no trailing slash. */
    public static Caller at(URI root, String token) {
        return new Caller(List.of(root), new AtomicInteger(), token);
    }

    /** The same caller over another client, such as one that speaks HTTP/2. */
    public Caller over(HttpClient other) {
        return new Caller(roots, turn, token, other);
    }

    /** The same caller who asks the first process alone, where sockets go as well: for what each has of its own. */
    public Caller toOneProcess() {
        return new Caller(List.of(roots.getFirst()), turn, token, client);
    }

    // ---- whole answers

    public Answer get(String path, String... headers) {
        return send(request(path, headers).GET().build());
    }

    /** Posts JSON. */
    public Answer post(String path, String json, String... headers) {
        return send(request(path, headers)
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofString(json))
                .build());
    }

    public Answer delete(String path, String json) {
        return send(request(path)
                .header("content-type", "application/json")
                .method("DELETE", BodyPublishers.ofString(json))
                .build());
    }

    /** Any method, with these headers (names and values in turn) and no others but the token. */
    public Answer call(String method, String path, BodyPublisher body, String... headers) {
        return send(request(path, headers).method(method, body).build());
    }

    // ---- publish

    /** Publishes one envelope. */
    public Answer publish(String envelope, String... headers) {
        return post(EVENTS, envelope, headers);
    }

    /** Publishes one envelope; the future is the answer, and fails where none comes. */
    public CompletableFuture<Answer> publishAsync(String envelope) {
        HttpRequest request = request(EVENTS)
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofString(envelope))
                .build();
        return client.sendAsync(request, BodyHandlers.ofString()).thenApply(Caller::answer);
    }

    /** Publishes an event of that name and payload, which has to be accepted, and gives its id. */
    public String send(String name, String payload) {
        return accepted("{\"name\":" + Json.quote(name) + ",\"payload\":" + payload + "}");
    }

    /** Publishes an envelope, which has to be accepted, and gives its id. */
    public String accepted(String envelope) {
        return publish(envelope).expect(202).json().path("id").asText();
    }

    /** Publishes numbers {@code from} (inclusive) to {@code to} (exclusive) as one NDJSON body, all of which have to be accepted. */
    public void sendNumbers(String name, int from, int to) {
        StringBuilder body = new StringBuilder();
        for (int i = from; i < to; i++) {
            body.append("{\"name\":\"")
                    .append(name)
                    .append("\",\"payload\":")
                    .append(i)
                    .append("}\n");
        }
        assertEquals(
                to - from,
                publishLines(body.toString()).expect(202).json().path("count").asInt());
    }

    /** Publishes NDJSON. */
    public Answer publishLines(String lines, String... headers) {
        return publishLines(BodyPublishers.ofString(lines), headers);
    }

    public Answer publishLines(BodyPublisher lines, String... headers) {
        return send(request(EVENTS, headers)
                .header("content-type", "application/x-ndjson")
                .POST(lines)
                .build());
    }

    // ---- streams

    /** Opens a stream with that raw query, which has to be answered 200. */
    public EventStream listen(String query, String... headers) {
        HttpResponse<InputStream> response = open("application/x-ndjson", query, headers);
        return new EventStream(expectStream(response), Lines.of(response.body()));
    }

    /** Opens a stream of Server-Sent Events. */
    public SseStream sse(String query, String... headers) {
        HttpResponse<InputStream> response = open("text/event-stream", query, headers);
        return new SseStream(expectStream(response), Lines.of(response.body()));
    }

    /** Everything of a stream that ends by itself. */
    public List<Event> read(String query) {
        try (EventStream stream = listen(query)) {
            return stream.rest();
        }
    }

    /** What is answered where a stream is refused. */
    public Answer listenRefused(String query, String... headers) {
        HttpResponse<InputStream> response = open("application/x-ndjson", query, headers);
        if (response.statusCode() == 200) {
            Lines.of(response.body()).close();
            return fail("the stream was opened, and had to be refused: " + query);
        }
        return whole(response);
    }

    private HttpResponse<InputStream> open(String accept, String query, String... headers) {
        HttpRequest request = request(EVENTS + "/stream?" + query, headers)
                .header("accept", accept)
                .GET()
                .build();
        return send(request, BodyHandlers.ofInputStream());
    }

    private static Answer expectStream(HttpResponse<InputStream> response) {
        return response.statusCode() == 200
                ? new Answer(200, headers(response), "")
                : fail("the stream was refused: " + whole(response));
    }

    // ---- groups

    /** Acknowledges the leases of these tokens, or whatever else the members say. */
    public Answer ack(String group, String members) {
        return post(EVENTS + "/ack", "{\"group\":" + Json.quote(group) + "," + members + "}");
    }

    /** Acknowledges these events, each of which has to be held by a live lease. */
    public void done(String group, Event... events) {
        List<String> tokens = new ArrayList<>();
        for (Event event : events) {
            tokens.add(Json.quote(event.token()));
        }
        JsonNode counts = ack(group, "\"ack\":[" + String.join(",", tokens) + "]")
                .expect(200)
                .json();
        assertEquals(events.length, counts.path("ack").asInt(), () -> "acknowledged of these: " + counts);
    }

    /** The group's entry for that event name, as the inspect verb has it; fails where there is none. */
    public JsonNode group(String group, String name) {
        JsonNode groups =
                get(EVENTS + "/groups?name=" + name).expect(200).json().path("groups");
        for (JsonNode entry : groups) {
            if (entry.path("group").asText().equals(group)) {
                return entry;
            }
        }
        return fail("there is no group " + group + " of " + name + ": " + groups);
    }

    // ---- requests

    private HttpRequest.Builder request(String path, String... headers) {
        URI root = roots.get(Math.floorMod(turn.getAndIncrement(), roots.size()));
        HttpRequest.Builder builder =
                HttpRequest.newBuilder(URI.create(root + path)).timeout(Deadline.PATIENCE.multipliedBy(2));
        if (token != null) {
            builder.header("authorization", "Bearer " + token);
        }
        for (int i = 0; i < headers.length; i += 2) {
            builder.header(headers[i], headers[i + 1]);
        }
        return builder;
    }

    private Answer send(HttpRequest request) {
        return answer(send(request, BodyHandlers.ofString(StandardCharsets.UTF_8)));
    }

    private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
        try {
            return client.send(request, handler);
        } catch (IOException e) {
            return fail(request.method() + " " + request.uri() + " was not answered: " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static Answer answer(HttpResponse<String> response) {
        return new Answer(response.statusCode(), headers(response), response.body());
    }

    private static Answer whole(HttpResponse<InputStream> response) {
        try (InputStream body = response.body()) {
            return new Answer(
                    response.statusCode(), headers(response), new String(body.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            return fail("the answer broke off", e);
        }
    }

    private static Map<String, List<String>> headers(HttpResponse<?> response) {
        Map<String, List<String>> lower = new HashMap<>();
        response.headers().map().forEach((name, values) -> lower.put(name.toLowerCase(Locale.ROOT), values));
        return lower;
    }
}
