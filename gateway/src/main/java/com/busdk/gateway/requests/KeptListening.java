package com.busdk.gateway.requests;

import com.busdk.client.events.EventHandler;
import com.busdk.client.events.EventsClient;
import com.busdk.client.events.ListenObserver;
import com.busdk.client.events.ListenOptions;
import com.busdk.client.events.Listening;
import com.busdk.client.http.ApiException;
import com.busdk.client.text.Echo;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A listening that is kept for as long as its provider lives. The client comes back after lost connections by itself; a
 * refused token ends it, and as a token may be renewed under it, it is tried again after a while. Where the service has
 * come back with another log, it begins anew.
 *
 * <p>Thread: the handler runs on one context; whether it is connected may be asked from any.
 */
public final class KeptListening {
    private static final Logger LOG = LoggerFactory.getLogger(KeptListening.class);

    /** A refused token is replaced by a person or a timer; asking more often than this helps nobody. */
    private static final Duration AFTER_REFUSAL = Duration.ofSeconds(10);

    private final Vertx vertx;
    private final Context context;
    private final EventsClient client;
    private final Function<Optional<String>, ListenOptions> options;
    private final EventHandler handler;
    private final String what;
    private final Duration afterRefusal;
    private volatile boolean connected;
    private volatile boolean caughtUp;
    private volatile boolean closed;
    private volatile String because = "not connected yet";
    private volatile @Nullable Listening listening;

    /**
     * A listening that is not open yet.
     *
     * @param vertx runs it
     * @param client listens; stays the caller's to close
     * @param what is listened to, in words for messages
     * @param options makes the options, given the id of the last event that was handled
     * @param handler takes the events
     */
    public KeptListening(
            Vertx vertx,
            EventsClient client,
            String what,
            Function<Optional<String>, ListenOptions> options,
            EventHandler handler) {
        this(vertx, client, what, options, handler, AFTER_REFUSAL);
    }

    /** For tests, which do not wait as long after a refusal. */
    KeptListening(
            Vertx vertx,
            EventsClient client,
            String what,
            Function<Optional<String>, ListenOptions> options,
            EventHandler handler,
            Duration afterRefusal) {
        this.vertx = vertx;
        this.afterRefusal = afterRefusal;
        this.context = vertx.getOrCreateContext();
        this.client = client;
        this.what = what;
        this.options = options;
        this.handler = handler;
    }

    /** Begins to connect. */
    public void start() {
        context.runOnContext(_ -> open(Optional.empty()));
    }

    /**
     * Whether the history has been read once.
     *
     * @return true from then on
     */
    public boolean isCaughtUp() {
        return caughtUp;
    }

    /**
     * Why it is not connected.
     *
     * @return a sentence for an operator, empty while it is
     */
    public String because() {
        return connected ? "" : what + ": " + because;
    }

    /**
     * Ends it.
     *
     * @return completes when it has ended
     */
    public Future<Void> close() {
        closed = true;
        Listening open = listening;
        return open == null ? Future.succeededFuture() : open.close().otherwiseEmpty();
    }

    private void open(Optional<String> after) {
        if (closed) {
            return;
        }
        Listening opened = client.listen(options.apply(after), handler, new Observer());
        listening = opened;
        opened.ended().onComplete(end -> {
            connected = false;
            if (closed) {
                return;
            }
            Optional<String> last = opened.lastId().or(() -> after);
            if (isOfAnotherLog(end.cause()) && last.isPresent()) {
                LOG.warn("{}: the events service has another history than before, which is read anew", what);
                context.runOnContext(_ -> open(Optional.empty()));
                return;
            }
            because = end.failed() ? Echo.of(String.valueOf(end.cause().getMessage())) : "the stream has ended";
            LOG.error("{}: {}; trying again in {} s", what, because, afterRefusal.toSeconds());
            vertx.setTimer(afterRefusal.toMillis(), _ -> context.runOnContext(_ -> open(last)));
        });
    }

    /** The id of the last event is unknown where the log has been lost, or an older one has been restored. */
    private static boolean isOfAnotherLog(@Nullable Throwable cause) {
        return cause instanceof ApiException refusal && refusal.isUnknownPosition();
    }

    /** On the listening's context. */
    private final class Observer implements ListenObserver {
        @Override
        public void connected(boolean again) {
            connected = true;
        }

        @Override
        public void reconnecting(Throwable cause, Duration delay) {
            connected = false;
            because = Echo.of(String.valueOf(cause.getMessage()));
        }

        @Override
        public void caughtUp() {
            caughtUp = true;
        }
    }
}
