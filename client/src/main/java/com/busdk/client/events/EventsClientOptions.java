package com.busdk.client.events;

import com.busdk.client.event.EventLimits;
import java.time.Duration;

/**
 * What can be set on an {@link EventsClient}. Immutable; the {@code with…} methods make copies.
 *
 * <pre>{@code
 * EventsClientOptions options = EventsClientOptions.DEFAULT.withRequestTimeout(Duration.ofSeconds(5));
 * EventsClient client = EventsClient.create(vertx, url, token, options);
 * }</pre>
 *
 * @param connectTimeout longest wait for a new connection
 * @param requestTimeout longest wait for a connection that is in use, and then for an answer
 * @param maxConnections most connections for short requests; streams, and requests that wait for a worker, have their
 *     own
 * @param maxWaiting most requests that wait for a connection; more fail at once
 * @param maxLineBytes longest line of a stream that is taken
 * @param heartbeat how often an idle stream shows that it is alive; silence for two and a half of them is a lost
 *     connection
 */
public record EventsClientOptions(
        Duration connectTimeout,
        Duration requestTimeout,
        int maxConnections,
        int maxWaiting,
        int maxLineBytes,
        Duration heartbeat) {
    /**
     * Connect within 5 s, answer within 30 s, 64 connections (as many as the benchmark publishes on), 10,000 waiting
     * requests (some seconds of work), lines of the largest event and what the hub adds, a heartbeat every 15 s.
     */
    public static final EventsClientOptions DEFAULT = new EventsClientOptions(
            Duration.ofSeconds(5),
            Duration.ofSeconds(30),
            64,
            10_000,
            EventLimits.DEFAULT_MAX_EVENT_BYTES + EventLimits.MAX_STREAM_OVERHEAD_BYTES,
            Duration.ofSeconds(15));

    /** Refuses what is not above zero. */
    public EventsClientOptions {
        positive("connectTimeout", connectTimeout);
        positive("requestTimeout", requestTimeout);
        positive("heartbeat", heartbeat);
        if (maxConnections < 1 || maxWaiting < 0 || maxLineBytes < 1) {
            throw new IllegalArgumentException("connections and line length have to be above zero");
        }
    }

    /**
     * With another wait for answers.
     *
     * @param timeout longest wait after a request was sent
     * @return a copy
     */
    public EventsClientOptions withRequestTimeout(Duration timeout) {
        return new EventsClientOptions(connectTimeout, timeout, maxConnections, maxWaiting, maxLineBytes, heartbeat);
    }

    /**
     * With another wait for new connections.
     *
     * @param timeout longest wait for a new connection
     * @return a copy
     */
    public EventsClientOptions withConnectTimeout(Duration timeout) {
        return new EventsClientOptions(timeout, requestTimeout, maxConnections, maxWaiting, maxLineBytes, heartbeat);
    }

    /**
     * With another number of connections for requests.
     *
     * @param connections most connections, at least 1
     * @return a copy
     */
    public EventsClientOptions withMaxConnections(int connections) {
        return new EventsClientOptions(
                connectTimeout, requestTimeout, connections, maxWaiting, maxLineBytes, heartbeat);
    }

    /**
     * With another limit for lines, for services with a larger {@code --max-event-bytes}.
     *
     * @param bytes longest line
     * @return a copy
     */
    public EventsClientOptions withMaxLineBytes(int bytes) {
        return new EventsClientOptions(connectTimeout, requestTimeout, maxConnections, maxWaiting, bytes, heartbeat);
    }

    /**
     * With another heartbeat.
     *
     * @param interval how often an idle stream shows that it is alive
     * @return a copy
     */
    public EventsClientOptions withHeartbeat(Duration interval) {
        return new EventsClientOptions(
                connectTimeout, requestTimeout, maxConnections, maxWaiting, maxLineBytes, interval);
    }

    private static void positive(String option, Duration duration) {
        if (duration.isNegative() || duration.isZero()) {
            throw new IllegalArgumentException(option + " has to be above zero");
        }
    }
}
