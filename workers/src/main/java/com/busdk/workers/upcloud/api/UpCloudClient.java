package com.busdk.workers.upcloud.api;

import com.busdk.client.events.RetryPolicy;
import com.busdk.workers.upcloud.options.ApiToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The calls of the API that the worker makes. What only reads is repeated with back-off after a lost connection, a fault
 * (5xx) and {@code 429}, the latter not before the time that {@code Retry-After} names. What changes something is sent
 * once: whoever calls looks at the server before sending it again.
 *
 * <pre>{@code
 * client.servers().map(list -> list.stream().filter(server -> server.title().equals("gpu")).toList());
 * }</pre>
 *
 * <p>Futures fail with a {@link CloudException}. Any thread.
 */
public final class UpCloudClient {
    /** For calls that read, and their answers. */
    public static final Duration READ_LIMIT = Duration.ofSeconds(30);

    /** For create, stop and delete, which answer before the work is done. */
    public static final Duration WRITE_LIMIT = Duration.ofSeconds(60);

    /** For start, which answers when the hypervisor has confirmed it: official tools wait 120 s. */
    public static final Duration START_LIMIT = Duration.ofSeconds(150);

    /** After it a guest that ignores the polite stop is cut off from power; without it it would run forever. */
    public static final Duration SOFT_STOP = Duration.ofSeconds(60);

    /** Waits between repeated reads: the settings of the official tools, 1 to 30 s. */
    public static final RetryPolicy RETRY = new RetryPolicy(true, Duration.ofSeconds(1), Duration.ofSeconds(30), true);

    /** Reads are sent this often at most. */
    private static final int MAX_READS = 5;

    /** What a call gets at least, however little the deadline has left: a look shortly after it still tells something. */
    private static final Duration SHORTEST_READ = Duration.ofSeconds(3);

    /** A cloud that wants to be left alone for longer gets its wish, but nobody waits for that here. */
    private static final Duration MAX_RETRY_AFTER = Duration.ofMinutes(2);

    private static final Logger LOG = LoggerFactory.getLogger(UpCloudClient.class);
    /**
     * What may be an id in an answer: a UUID until now, but it is the cloud's to choose. Nothing in it can lead to another
     * path.
     */
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9-]{1,64}");

    private static final Pattern UUID = Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

    private final CloudHttp http;
    private final CloudTime time;
    private final RetryPolicy retry;
    private final @Nullable Deadline deadline;

    /**
     * A client.
     *
     * @param vertx runs it; stays the caller's to close
     * @param root root of the API, such as {@code https://api.upcloud.com/1.3}
     * @param token goes into each call's header
     * @param time where it waits before it repeats
     */
    public UpCloudClient(Vertx vertx, URI root, ApiToken token, CloudTime time) {
        this(new CloudHttp(vertx, root, token), time, RETRY, null);
    }

    private UpCloudClient(CloudHttp http, CloudTime time, RetryPolicy retry, @Nullable Deadline deadline) {
        this.http = http;
        this.time = time;
        this.retry = retry;
        this.deadline = deadline;
    }

    /**
     * The same client in a hurry: its reads are not repeated, and hardly go on, beyond a deadline.
     *
     * @param limit when what is read is of no use any more
     * @return a client with the same connections, to be closed with this one
     */
    public UpCloudClient until(Deadline limit) {
        return new UpCloudClient(http, time, retry, limit);
    }

    /**
     * Whether a text is an id of the API rather than a name.
     *
     * @param text any text
     * @return true if it has the form of a UUID
     */
    public static boolean isUuid(String text) {
        return UUID.matcher(text).matches();
    }

    /**
     * All servers of the account, without their NICs.
     *
     * @return in the API's order
     */
    public Future<List<Server>> servers() {
        return read("/server").compose(json -> list("GET /server", json, "servers", "server", Server::of));
    }

    /**
     * One server with its NICs.
     *
     * @param uuid its id
     * @return the server; fails with {@link CloudException#notFound} if it is not there
     */
    public Future<Server> server(String uuid) {
        return read("/server/" + id(uuid)).compose(json -> server("GET /server/" + uuid, json));
    }

    /**
     * Creates and starts a server; sent once. If the outcome is unknown, look for its labels before creating it again.
     *
     * @param spec what it is
     * @return the server, still in {@link Server#MAINTENANCE}
     */
    public Future<Server> create(ServerSpec spec) {
        return http.call(HttpMethod.POST, "/server", spec.toJson(), WRITE_LIMIT)
                .compose(json -> server("POST /server", json));
    }

    /**
     * Starts a server; sent once. The API answers when it runs, which may take minutes. It is said to answer at once where
     * a newer parameter asks for that ({@code start_type}); this is not sent, since nothing confirms that the API takes it,
     * and whoever starts a server looks whether it runs in any case.
     *
     * @param uuid its id
     * @return when it runs; a time-out does not say that it will not
     */
    public Future<Void> start(String uuid) {
        ObjectNode body = Lenient.MAPPER.createObjectNode();
        body.putObject("server");
        return http.call(HttpMethod.POST, "/server/" + id(uuid) + "/start", body, START_LIMIT)
                .mapEmpty();
    }

    /**
     * Asks a server to stop, politely for {@link #SOFT_STOP} and then by its power; sent once. The API answers at once
     * with the state from before, which is therefore not given back.
     *
     * @param uuid its id
     * @return when the stop is under way
     */
    public Future<Void> stop(String uuid) {
        ObjectNode body = Lenient.MAPPER.createObjectNode();
        body.putObject("stop_server")
                .put("stop_type", "soft")
                // As a string: a number is taken, and has no effect.
                .put("timeout", Long.toString(SOFT_STOP.toSeconds()));
        return http.call(HttpMethod.POST, "/server/" + id(uuid) + "/stop", body, WRITE_LIMIT)
                .mapEmpty();
    }

    /**
     * Deletes a stopped server; sent once.
     *
     * @param uuid its id
     * @param withStorages whether its disks go too; if not, they stay and are billed
     * @return when it is gone; one that is not there is gone
     */
    public Future<Void> delete(String uuid, boolean withStorages) {
        String query = withStorages ? "?storages=1&backups=keep" : "";
        return http.call(HttpMethod.DELETE, "/server/" + id(uuid) + query, null, WRITE_LIMIT)
                .recover(cause -> cause instanceof CloudException e && e.notFound()
                        ? Future.succeededFuture()
                        : Future.failedFuture(cause))
                .mapEmpty();
    }

    /**
     * The networks of a zone, the provider's own too.
     *
     * @param zone such as {@code fi-hel2}
     * @return in the API's order
     */
    public Future<List<Network>> networks(String zone) {
        return read("/network?zone=" + URLEncoder.encode(zone, StandardCharsets.UTF_8))
                .compose(json -> list("GET /network", json, "networks", "network", Network::of));
    }

    /**
     * All templates, public and own.
     *
     * @return in the API's order
     */
    public Future<List<Template>> templates() {
        return read("/storage/template")
                .compose(json -> list("GET /storage/template", json, "storages", "storage", Template::of));
    }

    /**
     * Closes its connections.
     *
     * @return when they are closed
     */
    public Future<Void> close() {
        return http.close();
    }

    /** How long to wait before a call that failed is sent again: at least what the cloud asked for. */
    static Duration delay(RetryPolicy retry, int failures, CloudException cause) {
        Duration own = retry.delay(failures, ThreadLocalRandom.current());
        Duration asked = cause.retryAfter().orElse(Duration.ZERO);
        return own.compareTo(asked) > 0 ? own : asked;
    }

    private Future<JsonNode> read(String path) {
        return repeat(() -> http.call(HttpMethod.GET, path, null, readLimit()), 1);
    }

    private Duration readLimit() {
        Duration left = deadline == null ? READ_LIMIT : deadline.cap(READ_LIMIT);
        return left.compareTo(SHORTEST_READ) > 0 ? left : SHORTEST_READ;
    }

    private Future<JsonNode> repeat(Supplier<Future<JsonNode>> call, int tries) {
        return call.get().recover(cause -> {
            if (!(cause instanceof CloudException e) || !e.mayPass() || tries >= MAX_READS) {
                return Future.failedFuture(cause);
            }
            Duration pause = delay(retry, tries, e);
            if (pause.compareTo(deadline == null ? MAX_RETRY_AFTER : deadline.cap(MAX_RETRY_AFTER)) > 0) {
                return Future.failedFuture(cause);
            }
            LOG.info("{}; asking again", e.getMessage());
            return time.pause(pause).compose(ignored -> repeat(call, tries + 1));
        });
    }

    private static Future<Server> server(String call, JsonNode json) {
        Server server = Server.of(json.path("server"));
        return ID.matcher(server.uuid()).matches()
                ? Future.succeededFuture(server)
                : Future.failedFuture(CloudException.unreadable(call, "it has no server"));
    }

    /** A list that is not there is no empty list: taken for one, it would make a second runner. */
    private static <T> Future<List<T>> list(
            String call, JsonNode json, String outer, String inner, Function<JsonNode, T> item) {
        return json.has(outer)
                ? Future.succeededFuture(
                        Lenient.items(json, outer, inner).stream().map(item).toList())
                : Future.failedFuture(CloudException.unreadable(call, "it has no list"));
    }

    private static String id(String uuid) {
        if (!ID.matcher(uuid).matches()) {
            throw new IllegalArgumentException("an id of the API is 1 to 64 of A-Z a-z 0-9 -");
        }
        return uuid;
    }
}
