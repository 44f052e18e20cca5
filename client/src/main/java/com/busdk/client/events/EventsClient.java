package com.busdk.client.events;

import com.busdk.client.auth.TokenSource;
import com.busdk.client.config.GoDuration;
import com.busdk.client.config.ServiceUrls;
import com.busdk.client.event.Envelope;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.text.Echo;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.streams.ReadStream;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A client of one events service.
 *
 * <pre>{@code
 * EventsClient client = EventsClient.create(vertx, ServiceUrls.of(System.getenv()).events(null), token);
 * client.listen(ListenOptions.of("example.ping").build(), event -> {
 *     System.out.println(event.payload());
 *     return Future.succeededFuture();
 * });
 * client.publish(Envelope.builder("example.ping").payload("{\"ok\":true}").build())
 *         .onSuccess(receipt -> System.out.println(receipt.id()));
 * }</pre>
 *
 * <p>Futures fail with an {@link ApiException} if the service says no, an {@link UnreachableException} if it cannot be
 * reached, and a {@link com.busdk.client.auth.TokenException} if there is no token. Any thread may call; futures complete
 * and handlers run on the caller's Vert.x context.
 */
public final class EventsClient {
    /** What {@link #request} waits beyond its own time-out, so that the service's answer about it still arrives. */
    private static final Duration REQUEST_GRACE = Duration.ofSeconds(5);

    /** Longest answer to a question about groups, names and dead letters. */
    private static final int MAX_INSPECT_BYTES = 64 * 1024 * 1024;

    private static final Pattern EVENT_ID = Pattern.compile("[A-Za-z0-9_-]{1,64}");
    private static final Duration MIN_REQUEST_TIMEOUT = Duration.ofMillis(1);

    private final HttpCalls calls;

    private EventsClient(HttpCalls calls) {
        this.calls = calls;
    }

    /**
     * A client with default options.
     *
     * @param vertx runs it; stays the caller's to close
     * @param url of the service: its root, or its collection of events
     * @param token is asked for each connection
     * @return the client, which connects when it is used
     */
    public static EventsClient create(Vertx vertx, URI url, TokenSource token) {
        return create(vertx, url, token, EventsClientOptions.DEFAULT);
    }

    /**
     * A client.
     *
     * @param vertx runs it; stays the caller's to close
     * @param url of the service: its root, or its collection of events
     * @param token is asked for each connection
     * @param options time-outs and limits
     * @return the client, which connects when it is used
     */
    public static EventsClient create(Vertx vertx, URI url, TokenSource token, EventsClientOptions options) {
        return new EventsClient(new HttpCalls(vertx, ServiceUrls.eventsCollection(url.toString()), token, options));
    }

    /**
     * Publishes an event.
     *
     * <pre>{@code
     * Envelope event = Envelope.builder("example.ping").payload("{\"ok\":true}").build();
     * client.publish(event).onSuccess(receipt -> System.out.println(receipt.id() + " is on disk"));
     * }</pre>
     *
     * @param event the event
     * @return completes when it is durable
     */
    public Future<PublishReceipt> publish(Envelope event) {
        return publishJson(Buffer.buffer(event.toJsonBytes()));
    }

    /**
     * Publishes an event that is JSON already.
     *
     * <pre>{@code
     * client.publishJson(Buffer.buffer("{\"name\":\"example.ping\",\"payload\":{\"ok\":true}}"))
     *         .onSuccess(receipt -> System.out.println(receipt.sequence()));
     * }</pre>
     *
     * @param envelope one JSON object in UTF-8; the service checks it
     * @return completes when it is durable
     */
    public Future<PublishReceipt> publishJson(Buffer envelope) {
        return calls.json(HttpMethod.POST, "", envelope, calls.options().requestTimeout(), HttpCalls.MAX_RECEIPT_BYTES)
                .map(Receipts::publish);
    }

    /**
     * Publishes a few events in one request.
     *
     * <pre>{@code
     * client.publishLines(Buffer.buffer("{\"name\":\"example.ping\"}\n{\"name\":\"example.pong\"}\n"))
     *         .onSuccess(receipt -> System.out.println(receipt.firstId() + " to " + receipt.lastId()));
     * }</pre>
     *
     * @param events whole lines in UTF-8, each an envelope and a line break
     * @return completes when all of them are durable; fails with an {@link ApiException} whose {@code line} and {@code
     *     count} say where it stopped, if the service refused one
     */
    public Future<BatchReceipt> publishLines(Buffer events) {
        return calls.lines(events, calls.options().requestTimeout(), HttpCalls.MAX_RECEIPT_BYTES)
                .map(Receipts::batch);
    }

    /**
     * Publishes events one by one, sent together.
     *
     * <pre>{@code
     * Sender sender = client.sender();
     * sender.publish(Envelope.builder("example.done").idempotencyKey("done:" + id).build());
     * }</pre>
     *
     * @return for the caller's context
     */
    public Sender sender() {
        return new Sender(calls.vertx(), this);
    }

    /**
     * Opens a request that publishes many events.
     *
     * <pre>{@code
     * client.openPublishStream().compose(stream -> stream.write(event).compose(ignored -> stream.end()))
     *         .onSuccess(receipt -> System.out.println(receipt.count() + " are on disk"));
     * }</pre>
     *
     * @return the stream, to be written and ended
     */
    public Future<PublishStream> openPublishStream() {
        Context context = calls.vertx().getOrCreateContext();
        return calls.upload(HttpCalls.NDJSON).map(request -> {
            PublishStream stream = new PublishStream(calls, context, request);
            stream.begin();
            return stream;
        });
    }

    /**
     * Publishes all events of a stream in one request, with back-pressure.
     *
     * <pre>{@code
     * client.publishAll(readings).onSuccess(receipt -> System.out.println(receipt.count() + " are on disk"));
     * }</pre>
     *
     * @param events the events; paused at once and while the service is slower
     * @return what was published; fails as {@link PublishStream#end} does
     */
    public Future<BatchReceipt> publishAll(ReadStream<Envelope> events) {
        events.pause();
        return openPublishStream().compose(stream -> {
            events.exceptionHandler(cause -> stream.abort());
            events.endHandler(ignored -> stream.end());
            events.handler(event -> {
                Future<Void> written = stream.write(event);
                if (!written.succeeded()) {
                    events.pause();
                    written.onSuccess(ignored -> events.resume());
                }
            });
            events.resume();
            return stream.receipt();
        });
    }

    /**
     * Listens.
     *
     * <pre>{@code
     * ListenOptions pings = ListenOptions.of("example.ping").replay().build();
     * Listening listening = client.listen(pings, event -> {
     *     System.out.println(event.payload());
     *     return Future.succeededFuture(); // the next one may come
     * });
     * }</pre>
     *
     * @param options to what, and how
     * @param handler takes the events
     * @return the listening, which is about to connect
     */
    public Listening listen(ListenOptions options, EventHandler handler) {
        return listen(options, handler, ListenObserver.NONE);
    }

    /**
     * Listens, and tells how it fares.
     *
     * <pre>{@code
     * client.listen(ListenOptions.of("example.ping").replay().build(), this::handle, new ListenObserver() {
     *     @Override
     *     public void caughtUp() {
     *         System.out.println("what follows is live");
     *     }
     * });
     * }</pre>
     *
     * @param options to what, and how
     * @param handler takes the events
     * @param observer is told how it fares
     * @return the listening, which is about to connect
     */
    public Listening listen(ListenOptions options, EventHandler handler, ListenObserver observer) {
        Context context = calls.vertx().getOrCreateContext();
        return start(options, observer, context, new EventPump(context, handler, options.window()));
    }

    /**
     * Listens to lines instead of events, many at a time: nothing is parsed. {@link ListenOptions#window} does not count.
     *
     * <pre>{@code
     * client.listenRaw(ListenOptions.of("example.ping").replay().build(), lines -> file.write(lines), ListenObserver.NONE);
     * }</pre>
     *
     * @param options to what, and how
     * @param handler takes the lines
     * @param observer is told how it fares
     * @return the listening, which is about to connect
     */
    public Listening listenRaw(ListenOptions options, LineBatchHandler handler, ListenObserver observer) {
        Context context = calls.vertx().getOrCreateContext();
        return start(options, observer, context, new BatchPump(context, handler));
    }

    /**
     * Settles leases in one request.
     *
     * <pre>{@code
     * client.settle(AckRequest.ack("workers", tokens))
     *         .onSuccess(receipt -> System.out.println(receipt.stale().size() + " came too late"));
     * }</pre>
     *
     * @param request which, and how
     * @return counts, and tokens that were not settled
     */
    public Future<AckReceipt> settle(AckRequest request) {
        return calls.json(
                        HttpMethod.POST,
                        "/ack",
                        AckJson.write(request),
                        calls.options().requestTimeout(),
                        MAX_INSPECT_BYTES)
                .map(Receipts::ack);
    }

    /**
     * Settles leases of a group one by one, sent together.
     *
     * <pre>{@code
     * Acks acks = client.acks("workers");
     * client.listen(jobs, event -> work(event).compose(done -> acks.ack(event.delivery().token())).mapEmpty());
     * }</pre>
     *
     * @param group the consumer group
     * @return for the caller's context
     */
    public Acks acks(String group) {
        return new Acks(calls.vertx(), group, this::settle);
    }

    /**
     * Publishes a request and waits for its response.
     *
     * <pre>{@code
     * Envelope question = Envelope.builder("bus.vm.status.request").payload("{}").build();
     * client.request(question, Duration.ofSeconds(30)).onSuccess(answer -> System.out.println(answer.payload()));
     * }</pre>
     *
     * @param event its name ends in {@code .request}
     * @param timeout how long to wait for the response, more than zero
     * @return the response, which may carry an error; fails with {@code timeout} or {@code no_responders}
     */
    public Future<Envelope> request(Envelope event, Duration timeout) {
        if (timeout.compareTo(MIN_REQUEST_TIMEOUT) < 0) {
            return Future.failedFuture(ApiException.of(ErrorType.BAD_REQUEST, "the time-out has to be above zero"));
        }
        Query query = new Query().add("timeout", GoDuration.format(timeout));
        return calls.question(
                        "/request" + query,
                        Buffer.buffer(event.toJsonBytes()),
                        timeout.plus(REQUEST_GRACE),
                        calls.options().maxLineBytes())
                .compose(body -> {
                    try {
                        return Future.succeededFuture(Envelope.parse(body.getBytes()));
                    } catch (IllegalArgumentException e) {
                        return Future.failedFuture(ApiException.of(
                                ErrorType.BAD_GATEWAY, "the answer is not an envelope: " + e.getMessage()));
                    }
                });
    }

    /**
     * The consumer groups.
     *
     * <pre>{@code
     * client.groups("example.job").onSuccess(answer -> answer.path("groups")
     *         .forEach(group -> System.out.println(group.path("group") + " lags by " + group.path("lag"))));
     * }</pre>
     *
     * @param name only those of an event name, null for all
     * @return as the service answers
     */
    public Future<JsonNode> groups(@Nullable String name) {
        Query query = new Query();
        addIfGiven(query, "name", name);
        return inspect("/groups" + query);
    }

    /**
     * The names that the token may listen to, in order: the first page of them, which holds thousands.
     *
     * <pre>{@code
     * client.names().onSuccess(answer -> answer.path("names")
     *         .forEach(name -> System.out.println(name.path("name").asText())));
     * }</pre>
     *
     * @return as the service answers
     */
    public Future<JsonNode> names() {
        return inspect("/names");
    }

    /**
     * A further page of names.
     *
     * <pre>{@code
     * client.names("example.ping").onSuccess(page -> System.out.println(page.path("names").size() + " further ones"));
     * }</pre>
     *
     * @param after the last name of the page before
     * @return as the service answers; without names after the last page
     */
    public Future<JsonNode> names(String after) {
        return inspect("/names" + new Query().add("after", after));
    }

    /**
     * One event, and where each group stands with it.
     *
     * <pre>{@code
     * client.show(receipt.id()).onSuccess(answer -> answer.path("groups")
     *         .forEach(group -> System.out.println(group.path("group") + ": " + group.path("state"))));
     * }</pre>
     *
     * @param id its id
     * @return as the service answers
     */
    public Future<JsonNode> show(String id) {
        if (!EVENT_ID.matcher(id).matches()) {
            return Future.failedFuture(ApiException.of(
                    ErrorType.BAD_REQUEST, Echo.quote(id) + " is not an event id: it begins with evt_"));
        }
        return inspect("/" + id);
    }

    /**
     * The dead letters of a group, oldest first: a page of them, which holds hundreds.
     *
     * <pre>{@code
     * client.deadLetters("workers", null, null, null).onSuccess(page -> page.path("dead_letters")
     *         .forEach(letter -> System.out.println(letter.path("id") + ": " + letter.path("reason"))));
     * }</pre>
     *
     * @param group the consumer group
     * @param name only those of an event name, null for all
     * @param after id of the last one of the page before, null for the first page
     * @param owner the user whose group it is, which takes a service token with {@code events:admin}; null for the
     *     token's own
     * @return as the service answers; without dead letters after the last page
     */
    public Future<JsonNode> deadLetters(
            String group, @Nullable String name, @Nullable String after, @Nullable String owner) {
        Query query = new Query().add("group", group);
        addIfGiven(query, "name", name);
        addIfGiven(query, "after", after);
        addIfGiven(query, "owner", owner);
        return inspect("/dead-letters" + query);
    }

    /**
     * Gives dead letters back to their group.
     *
     * <pre>{@code
     * client.redrive("workers", List.of(letter.path("id").asText()), null)
     *         .onSuccess(answer -> System.out.println(answer.path("count") + " are tried again"));
     * }</pre>
     *
     * @param group the consumer group
     * @param ids which; null for all
     * @param owner the user whose group it is, which takes a service token with {@code events:admin}; null for the
     *     token's own
     * @return as the service answers
     */
    public Future<JsonNode> redrive(String group, @Nullable List<String> ids, @Nullable String owner) {
        return settleDead(HttpMethod.POST, "/dead-letters/redrive", DeadLetterJson.write(group, ids, owner));
    }

    /**
     * Forgets dead letters.
     *
     * <pre>{@code
     * client.purge("workers", null, "alice")
     *         .onSuccess(answer -> System.out.println(answer.path("count") + " forgotten"));
     * }</pre>
     *
     * @param group the consumer group
     * @param ids which; null for all
     * @param owner the user whose group it is, which takes a service token with {@code events:admin}; null for the
     *     token's own
     * @return as the service answers
     */
    public Future<JsonNode> purge(String group, @Nullable List<String> ids, @Nullable String owner) {
        return settleDead(HttpMethod.DELETE, "/dead-letters", DeadLetterJson.write(group, ids, owner));
    }

    /**
     * Asks the service whether it is ready; needs no token.
     *
     * <pre>{@code
     * client.ready().onSuccess(service -> System.out.println(service.ready() ? "ready" : service.because()));
     * }</pre>
     *
     * @return its answer; fails only if there is none
     */
    public Future<Readiness> ready() {
        return ReadinessCall.over(calls);
    }

    /**
     * Closes all connections; listenings that are open see a loss and should be closed before.
     *
     * @return completes when they are closed
     */
    public Future<Void> close() {
        return calls.close();
    }

    private static void addIfGiven(Query query, String name, @Nullable String value) {
        if (value != null) {
            query.add(name, value);
        }
    }

    private Future<JsonNode> settleDead(HttpMethod method, String below, Buffer which) {
        return calls.json(method, below, which, calls.options().requestTimeout(), MAX_INSPECT_BYTES);
    }

    private Listening start(ListenOptions options, ListenObserver observer, Context context, LinePump pump) {
        StreamListening listening = new StreamListening(calls, options, observer, context, pump);
        listening.start();
        return listening;
    }

    private Future<JsonNode> inspect(String below) {
        return calls.json(HttpMethod.GET, below, null, calls.options().requestTimeout(), MAX_INSPECT_BYTES);
    }
}
