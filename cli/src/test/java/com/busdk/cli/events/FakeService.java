package com.busdk.cli.events;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Function;

/** Answers as a test says, and remembers what it was asked. A real service is what the end-to-end tests are for. */
public final class FakeService implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, Function<Asked, Answer>> answers = new ConcurrentHashMap<>();
    private final List<Asked> asked = new CopyOnWriteArrayList<>();
    private volatile Consumer<Headers> onHeaders = _ -> {};

    /** A request. */
    public record Asked(String method, String path, String query, String authorization, String type, String body) {}

    /** An answer. */
    public record Answer(int status, String type, String body, Map<String, String> headers) {
        /** JSON with a status. */
        public static Answer json(int status, String body) {
            return new Answer(status, "application/json", body, Map.of());
        }

        /** Lines of a stream. */
        public static Answer lines(String... lines) {
            return new Answer(
                    200,
                    "application/x-ndjson",
                    String.join("", List.of(lines).stream().map(l -> l + "\n").toList()),
                    Map.of());
        }

        /** An error of the catalogue. */
        public static Answer error(int status, String type, String message) {
            return json(status, "{\"error\":{\"type\":\"" + type + "\",\"message\":\"" + message + "\"}}");
        }
    }

    /** Starts on a free port of this machine. */
    public FakeService() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    /** Answers requests such as {@code POST /api/v1/events}. */
    public FakeService on(String methodAndPath, Answer answer) {
        return on(methodAndPath, _ -> answer);
    }

    /** Answers requests such as {@code POST /api/v1/events}. */
    public FakeService on(String methodAndPath, Function<Asked, Answer> answer) {
        answers.put(methodAndPath, answer);
        return this;
    }

    /** Shows a test the headers of each request. */
    public FakeService onHeaders(Consumer<Headers> taker) {
        onHeaders = taker;
        return this;
    }

    /** Its root. */
    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** What it was asked so far, in order. */
    public List<Asked> asked() {
        return List.copyOf(asked);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            var headers = exchange.getRequestHeaders();
            onHeaders.accept(headers);
            var question = new Asked(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().getPath(),
                    String.valueOf(exchange.getRequestURI().getQuery()),
                    String.valueOf(headers.getFirst("Authorization")),
                    String.valueOf(headers.getFirst("Content-Type")),
                    body);
            asked.add(question);
            Answer answer = answers.getOrDefault(
                            question.method() + " " + question.path(),
                            _ -> Answer.error(404, "not_found", "no such path"))
                    .apply(question);
            byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", answer.type());
            answer.headers().forEach(exchange.getResponseHeaders()::set);
            exchange.sendResponseHeaders(answer.status(), bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
    }
}
