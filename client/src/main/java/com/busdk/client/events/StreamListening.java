package com.busdk.client.events;

import com.busdk.client.auth.TokenException;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A listening and its connections, one after the other:
 *
 * <pre>
 * connecting ──200──► streaming ──lost, ended by the service──► waiting ──timer──► connecting
 *     │ refused            │ limit, snapshot, handler failed
 *     └────────► over ◄────┘
 * </pre>
 *
 * <p>Everything happens on one context, but for the methods of {@link Listening}, which any thread may call.
 */
final class StreamListening implements Listening, StreamConnection.Owner {
    /** Statuses that may be different next time although they are the client's fault on paper. */
    private static final int REQUEST_TIMEOUT = 408;

    private static final int TOO_MANY_REQUESTS = 429;
    private static final long NO_TIMER = -1;

    private final HttpCalls calls;
    private final ListenOptions options;
    private final ListenObserver observer;
    private final Context context;
    private final LinePump pump;
    private final Promise<Void> connected = Promise.promise();
    private final Promise<Void> ended = Promise.promise();

    // Written on the context, read anywhere.
    private volatile @Nullable String lastId;
    private volatile long received;

    // On the context only.
    private final Position position;
    private @Nullable HttpClientRequest opening;
    private @Nullable StreamConnection connection;
    private long timer = NO_TIMER;
    /** Counts connections, so that what an old one still says is not taken for the new one. */
    private int attempt;

    private int failures;
    private boolean wasConnected;
    private boolean over;
    /** The service said that it ends the stream before all of it was told. */
    private boolean serviceCutsShort;

    private String lastNotice = "";

    StreamListening(HttpCalls calls, ListenOptions options, ListenObserver observer, Context context, LinePump pump) {
        this.calls = calls;
        this.options = options;
        this.observer = observer;
        this.context = context;
        this.pump = pump;
        this.position = new Position(options);
    }

    void start() {
        context.runOnContext(ignored -> connect());
    }

    @Override
    public Future<Void> connected() {
        return connected.future();
    }

    @Override
    public Future<Void> ended() {
        return ended.future();
    }

    @Override
    public Optional<String> lastId() {
        return Optional.ofNullable(lastId);
    }

    @Override
    public long received() {
        return received;
    }

    @Override
    public Future<Void> close() {
        context.runOnContext(ignored -> end(null));
        return ended.future();
    }

    // --- connecting ---

    private void connect() {
        if (over) {
            return;
        }
        int mine = ++attempt;
        serviceCutsShort = false;
        lastNotice = "";
        long sentAt = System.nanoTime();
        Query query = position.next(calls.options().heartbeat(), sentAt);
        timer = calls.vertx().setTimer(openTimeoutMillis(), ignored -> openTimedOut());
        calls.stream("/stream" + query)
                .compose(request -> {
                    if (mine != attempt || over) {
                        request.reset();
                        return Future.failedFuture("nobody waits for it any more");
                    }
                    opening = request;
                    return request.send()
                            .recover(calls::lost)
                            .onSuccess(response -> opened(mine, request, response, sentAt));
                })
                .onFailure(cause -> openFailed(mine, cause));
    }

    private long openTimeoutMillis() {
        return calls.options()
                .connectTimeout()
                .plus(calls.options().requestTimeout())
                .toMillis();
    }

    private void openTimedOut() {
        HttpClientRequest request = opening;
        openFailed(
                attempt,
                UnreachableException.lost(
                        calls.collection(), new TimeoutException("the stream was not opened in time")));
        if (request != null) {
            request.reset();
        }
    }

    private void openFailed(int which, Throwable cause) {
        if (which == attempt) {
            lost(cause);
        }
    }

    private void opened(int mine, HttpClientRequest request, HttpClientResponse response, long sentAt) {
        if (over || mine != attempt) {
            discard(request, response);
            return;
        }
        if (response.statusCode() != 200) {
            calls.error(response).onComplete(e -> openFailed(mine, e.succeeded() ? e.result() : e.cause()));
            return;
        }
        cancelTimer();
        opening = null;
        String type = response.getHeader(HttpHeaders.CONTENT_TYPE);
        if (type == null || !type.startsWith(HttpCalls.NDJSON)) {
            discard(request, response);
            end(ApiException.of(
                    ErrorType.BAD_GATEWAY,
                    "the answer is not a stream of events: check that the URL is that of an events service"));
            return;
        }
        boolean again = wasConnected;
        wasConnected = true;
        position.begin(sentAt);
        StreamConnection stream = new StreamConnection(calls, request, response, pump, this);
        connection = stream;
        observer.connected(again);
        connected.tryComplete();
        if (Boolean.parseBoolean(response.getHeader("Bus-Replay-Truncated"))) {
            observer.truncated();
        }
        stream.begin();
    }

    /** Gives up an answer of which nothing was read. */
    private static void discard(HttpClientRequest request, HttpClientResponse response) {
        response.exceptionHandler(ignored -> {}); // or the reset would be logged as a fault
        request.reset();
    }

    // --- streaming ---

    @Override
    public boolean isOver() {
        return over;
    }

    @Override
    public void heard() {
        failures = 0;
    }

    @Override
    public void advance(@Nullable String id, long count) {
        position.advance(id, count);
        received = position.received();
        if (id != null) {
            lastId = id;
        }
    }

    @Override
    public void ready() {
        StreamConnection current = connection;
        if (current != null && !over) {
            current.ready();
        }
    }

    @Override
    public void notice(LineSplitter.Line line) {
        HttpCalls.tree(Buffer.buffer(line.length()).setBytes(0, line.bytes(), line.from(), line.length()))
                .onSuccess(this::notice)
                .onFailure(this::failed);
    }

    private void notice(JsonNode notice) {
        lastNotice = notice.path("notice").asText();
        switch (lastNotice) {
            case "caught_up" -> {
                position.caughtUp(notice.path("after").asText(null));
                observer.caughtUp();
            }
            case "truncated" -> observer.truncated();
            case "closing", "token_expired" -> {
                serviceCutsShort = true;
                observer.notice(lastNotice, notice);
            }
            default -> observer.notice(lastNotice, notice);
        }
    }

    @Override
    public boolean losesLeasesWithConnection() {
        ListenOptions.Member member = options.member();
        return member != null && member.explicitAck();
    }

    @Override
    public void over(@Nullable Throwable cause) {
        connection = null;
        if (over) {
            return;
        }
        if (cause != null) {
            lost(cause);
        } else if (position.limitReached() || (!options.follow() && !serviceCutsShort)) {
            end(null);
        } else {
            String why = lastNotice.isEmpty() ? "the service ended the stream" : lastNotice;
            lost(UnreachableException.lost(calls.collection(), new TimeoutException(why)));
        }
    }

    @Override
    public void failed(Throwable cause) {
        end(cause);
    }

    // --- waiting, and the end ---

    private void lost(Throwable cause) {
        attempt++;
        cancelTimer();
        opening = null;
        if (over) {
            return;
        }
        if (position.limitReached()) {
            end(null);
            return;
        }
        if (!mayGetBetter(cause)
                || !options.retry().enabled()
                || (!wasConnected && !options.retry().firstConnect())) {
            end(cause);
            return;
        }
        failures++;
        Duration delay = delay(cause);
        observer.reconnecting(cause, delay);
        timer = calls.vertx().setTimer(Math.max(1, delay.toMillis()), ignored -> {
            timer = NO_TIMER;
            connect();
        });
    }

    private Duration delay(Throwable cause) {
        Duration own = options.retry().delay(failures, ThreadLocalRandom.current());
        if (cause instanceof ApiException e && e.retryAfter().isPresent()) {
            Duration asked = Duration.ofSeconds(e.retryAfter().getAsInt());
            Duration bounded =
                    asked.compareTo(options.retry().max()) > 0 ? options.retry().max() : asked;
            return bounded.compareTo(own) > 0 ? bounded : own;
        }
        return own;
    }

    private boolean mayGetBetter(Throwable cause) {
        return switch (cause) {
            case ApiException e ->
                e.status() >= 500 || e.status() == REQUEST_TIMEOUT || e.status() == TOO_MANY_REQUESTS;
            case TokenException e -> wasConnected; // a file that is being replaced at this moment
            case UnreachableException e -> true;
            default -> false;
        };
    }

    private void end(@Nullable Throwable cause) {
        if (over) {
            return;
        }
        over = true;
        cancelTimer();
        HttpClientRequest request = opening;
        if (request != null) {
            request.reset();
        }
        StreamConnection current = connection;
        if (current != null) {
            current.cut();
        }
        if (cause == null) {
            connected.tryFail("closed before it was connected");
            ended.complete();
        } else {
            connected.tryFail(cause);
            ended.fail(cause);
        }
    }

    private void cancelTimer() {
        if (timer != NO_TIMER) {
            calls.vertx().cancelTimer(timer);
            timer = NO_TIMER;
        }
    }
}
