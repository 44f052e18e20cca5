package com.busdk.broker;

import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a few requests through a service that lives for a moment, before the real one takes any: the first request that a
 * Java process serves is many times slower than its second, since its code is loaded and linked with it. The service of
 * the moment is the same but for its events, which are its own, in a temporary folder that only this user may read and that goes with it
 * (in memory, what reads files stays cold: a quarter of the first read's time), its secret, which nobody is told, and its
 * address, a free port of the loopback.
 *
 * <p>Thread: event loops of the Vert.x that it is given.
 */
final class WarmUp {
    /** It is there to save time: what has not been warmed by then stays cold. */
    private static final Duration AT_MOST = Duration.ofSeconds(2);

    /** Of lines, one after the other: the second finds no room left in the first segment. */
    private static final int BATCHES = 2;

    private static final int LINES = 1_200;
    private static final int NAMES = 3;

    /** Of a payload: so that a segment ends, and its index in a file is read as well as the live one. */
    private static final int PAYLOAD_CHARS = 400;

    /** Behind the fifth or so they become no faster. */
    private static final int REPLAYS = 6;

    /** The least. */
    private static final String SEGMENT = "1MiB";

    private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);

    private final EventsService service;
    private final HttpClient client;
    private final String authorization;

    private WarmUp(EventsService service, HttpClient client, String authorization) {
        this.service = service;
        this.client = client;
        this.authorization = authorization;
    }

    /** Always succeeds, in at most two seconds: a service that is not warm is a good service. */
    static Future<Void> run(Vertx vertx) {
        return attempt(vertx, Path.of(System.getProperty("java.io.tmpdir"))).otherwise(problem -> {
            LOG.debug("not warmed up", problem);
            return null;
        });
    }

    /** The same, with a folder of its own in that one, but fails unless each request was answered as it should be. */
    static Future<Void> attempt(Vertx vertx, Path parent) {
        return vertx.executeBlocking(() -> Files.createTempDirectory(parent, "bus-warm-up-"))
                .compose(folder -> into(vertx, folder)
                        .eventually(() -> vertx.executeBlocking(() -> {
                            delete(folder);
                            return null;
                        })));
    }

    private static Future<Void> into(Vertx vertx, Path folder) {
        byte[] bytes = new byte[Hs256Secret.RECOMMENDED_BYTES];
        new SecureRandom().nextBytes(bytes);
        String secret = "base64:" + Base64.getEncoder().encodeToString(bytes);
        var options = EventsOptions.read(
                Map.of("addr", "127.0.0.1:0", "data-dir", folder.toString(), "segment-bytes", SEGMENT, "drain", "1s"),
                Map.of("BUS_EVENTS_JWT_SECRET", secret));
        String token = new TokenMinter(Hs256Secret.parse(secret), Clock.systemUTC())
                .mint(TokenMinter.Grant.service(
                        "warm-up", Scopes.parse(Scopes.EVENTS_SEND + " " + Scopes.EVENTS_LISTEN)));
        HttpClient client = vertx.createHttpClient(new HttpClientOptions().setDefaultHost("127.0.0.1"));
        return EventsService.startQuietly(vertx, options)
                .compose(service -> new WarmUp(service, client, "Bearer " + token)
                        .all()
                        .timeout(AT_MOST.toMillis(), TimeUnit.MILLISECONDS)
                        .eventually(service::stop))
                .eventually(client::close);
    }

    private Future<Void> all() {
        Future<Void> done =
                ask(HttpMethod.POST, "", "application/json", line(0)).mapEmpty();
        for (int i = 0; i < BATCHES; i++) {
            done = done.compose(_ -> ask(HttpMethod.POST, "", "application/x-ndjson", lines()))
                    .mapEmpty();
        }
        for (int i = 0; i < REPLAYS; i++) {
            done = done.compose(_ -> replay());
        }
        return done;
    }

    private Future<Void> replay() {
        return ask(HttpMethod.GET, "/stream?follow=false&name=warm.0", "", Buffer.buffer())
                .compose(
                        body -> body.toString(StandardCharsets.US_ASCII).lines().count() > BATCHES * LINES / NAMES
                                ? Future.succeededFuture()
                                : Future.failedFuture("events are missing"));
    }

    private Future<Buffer> ask(HttpMethod method, String path, String type, Buffer body) {
        var options = new RequestOptions()
                .setMethod(method)
                .setPort(service.port())
                .setURI("/api/v1/events" + path)
                .putHeader("authorization", authorization)
                .putHeader("accept", "application/x-ndjson, application/json");
        if (!type.isEmpty()) {
            options.putHeader("content-type", type);
        }
        return client.request(options)
                .compose(request -> request.send(body)
                        .compose(response -> response.body()
                                .compose(answer -> response.statusCode() < 300
                                        ? Future.succeededFuture(answer)
                                        : Future.failedFuture("answered " + response.statusCode()))));
    }

    /** What a log leaves: files, one folder deep. */
    private static void delete(Path folder) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    private static Buffer lines() {
        Buffer lines = Buffer.buffer();
        for (int i = 0; i < LINES; i++) {
            lines.appendBuffer(line(i % NAMES)).appendString("\n");
        }
        return lines;
    }

    private static Buffer line(int name) {
        return Buffer.buffer(
                "{\"name\":\"warm." + name + "\",\"payload\":{\"text\":\"" + "x".repeat(PAYLOAD_CHARS) + "\"}}");
    }
}
