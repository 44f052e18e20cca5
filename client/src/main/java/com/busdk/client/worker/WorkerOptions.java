package com.busdk.client.worker;

import com.busdk.client.event.EventName;
import com.busdk.client.events.ListenOptions;
import com.busdk.client.events.RetryPolicy;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a worker is and how it works.
 *
 * <pre>{@code
 * WorkerOptions options = WorkerOptions.named("vm").answers("bus.vm.status.request").concurrency(8).build();
 * }</pre>
 *
 * @param name the worker's name, also in logs
 * @param responses the name of the response for each request name
 * @param group the consumer group, as a rule the worker's name
 * @param consumer the consumer's name, as a rule host name and process id
 * @param instances verticles, each with a connection of its own, at least 1
 * @param concurrency requests that each instance works on at a time, at least 1
 * @param lease how long a request is this worker's without a sign of life; extended while the handler works
 * @param drain longest wait for requests in hand when the worker is stopped
 * @param once stop after one request
 * @param retry how to come back after a lost connection
 * @param fromOldest whether a group that nobody has listened to yet begins with the oldest event that is retained, rather
 *     than with the moment at which its first consumer comes
 * @param maxDeliveries deliveries of a request before it is a dead letter, 0 for the hub's default
 */
public record WorkerOptions(
        String name,
        Map<String, String> responses,
        String group,
        String consumer,
        int instances,
        int concurrency,
        Duration lease,
        Duration drain,
        boolean once,
        RetryPolicy retry,
        boolean fromOldest,
        int maxDeliveries) {
    /** As many requests at a time as the hub gives to a consumer that acknowledges each. */
    public static final int DEFAULT_CONCURRENCY = 32;

    /** The hub's own default for a lease. */
    public static final Duration DEFAULT_LEASE = Duration.ofSeconds(30);

    /** What a service manager waits before it kills, less a little. */
    public static final Duration DEFAULT_DRAIN = Duration.ofSeconds(30);

    /** More instances than this gain nothing on any machine. */
    private static final int MAX_INSTANCES = 256;

    /** The lease is extended three times while it lasts; below this there is no time for that. */
    private static final Duration MIN_LEASE = Duration.ofMillis(300);

    /** Refuses what makes no worker. */
    public WorkerOptions {
        responses = Map.copyOf(responses);
        if (name.isBlank() || responses.isEmpty()) {
            throw new IllegalArgumentException("a worker has a name and at least one request that it answers");
        }
        responses.forEach((request, response) -> {
            EventName.check(request);
            EventName.check(response);
        });
        if (instances < 1 || instances > MAX_INSTANCES || concurrency < 1) {
            throw new IllegalArgumentException(
                    "a worker has 1 to " + MAX_INSTANCES + " instances, each with a concurrency of 1 or more");
        }
        if (lease.compareTo(MIN_LEASE) < 0 || drain.isNegative()) {
            throw new IllegalArgumentException("a lease lasts 300ms or longer, and a drain is not negative");
        }
        if (maxDeliveries < 0) {
            throw new IllegalArgumentException("a request is delivered once or more");
        }
    }

    /**
     * Starts options.
     *
     * @param name the worker's name, which is also its group unless another is given
     * @return a builder
     */
    public static Builder named(String name) {
        return new Builder(name);
    }

    /** What an instance listens to. */
    ListenOptions listen(int instance) {
        ListenOptions.Builder listen = ListenOptions.of(
                        responses.keySet().stream().sorted().toList())
                .unicast(group, instances == 1 ? consumer : consumer + "." + instance)
                .explicitAck()
                .ackWait(lease)
                .maxInFlight(concurrency)
                .window(concurrency)
                .retry(retry);
        if (maxDeliveries > 0) {
            listen.maxDeliveries(maxDeliveries);
        }
        return (fromOldest ? listen.replay() : listen).build();
    }

    /** Collects options. For one thread; {@link #build} checks. */
    public static final class Builder {
        private final String name;
        private final Map<String, String> responses = new LinkedHashMap<>();
        private String group;
        private @Nullable String consumer;
        private int instances = 1;
        private int concurrency = DEFAULT_CONCURRENCY;
        private Duration lease = DEFAULT_LEASE;
        private Duration drain = DEFAULT_DRAIN;
        private boolean once;
        private RetryPolicy retry = RetryPolicy.DEFAULT.includingFirstConnect();
        private boolean fromOldest;
        private int maxDeliveries;

        private Builder(String name) {
            this.name = name;
            this.group = name;
        }

        /**
         * Answers requests.
         *
         * @param requestNames names that end in {@code .request}; the responses' names end in {@code .response}
         * @return this
         */
        public Builder answers(String... requestNames) {
            for (String requestName : requestNames) {
                responses.put(requestName, EventName.responseTo(requestName));
            }
            return this;
        }

        /**
         * Answers a request whose names follow another pattern.
         *
         * @param requestName the request
         * @param responseName its response
         * @return this
         */
        public Builder answersAs(String requestName, String responseName) {
            responses.put(requestName, responseName);
            return this;
        }

        /**
         * Sets the consumer group.
         *
         * @param value 1 to 64 of {@code [A-Za-z0-9._-]}
         * @return this
         */
        public Builder group(String value) {
            this.group = value;
            return this;
        }

        /**
         * Sets the consumer's name.
         *
         * @param value 1 to 64 of {@code [A-Za-z0-9._-]}, with room for the instance's number
         * @return this
         */
        public Builder consumer(String value) {
            this.consumer = value;
            return this;
        }

        /**
         * Sets how many verticles there are.
         *
         * @param value at least 1
         * @return this
         */
        public Builder instances(int value) {
            this.instances = value;
            return this;
        }

        /**
         * Sets how many requests each instance works on at a time.
         *
         * @param value at least 1
         * @return this
         */
        public Builder concurrency(int value) {
            this.concurrency = value;
            return this;
        }

        /**
         * Sets how long a request is this worker's without a sign of life.
         *
         * @param value 300 ms or longer
         * @return this
         */
        public Builder lease(Duration value) {
            this.lease = value;
            return this;
        }

        /**
         * Sets the longest wait for requests in hand at a stop.
         *
         * @param value zero or longer
         * @return this
         */
        public Builder drain(Duration value) {
            this.drain = value;
            return this;
        }

        /**
         * Stops after one request.
         *
         * @return this
         */
        public Builder once() {
            this.once = true;
            return this;
        }

        /**
         * Sets how to come back after a lost connection.
         *
         * @param value the policy
         * @return this
         */
        public Builder retry(RetryPolicy value) {
            this.retry = value;
            return this;
        }

        /**
         * Has a group that nobody has listened to yet begin with the oldest event that is retained. For what counts
         * whoever was there when it was published; doing it twice has to be the same as doing it once, since a group
         * that is forgotten begins anew.
         *
         * @return this
         */
        public Builder fromOldest() {
            this.fromOldest = true;
            return this;
        }

        /**
         * Sets after how many deliveries a request is a dead letter. Each that ends without an acknowledgement counts, such
         * as one to a worker that is stopped or loses its connection: work that lasts longer than those, and is only gone
         * on with at the next delivery, needs more than the hub's default.
         *
         * @param value at least 1, or 0 for the hub's default
         * @return this
         */
        public Builder maxDeliveries(int value) {
            this.maxDeliveries = value;
            return this;
        }

        /**
         * Makes the options.
         *
         * @return the options
         * @throws IllegalArgumentException if they make no worker
         */
        public WorkerOptions build() {
            String consumerName = consumer == null ? ConsumerName.ofThisProcess(System.getenv()) : consumer;
            return new WorkerOptions(
                    name,
                    responses,
                    group,
                    consumerName,
                    once ? 1 : instances,
                    once ? 1 : concurrency,
                    lease,
                    drain,
                    once,
                    retry,
                    fromOldest,
                    maxDeliveries);
        }
    }
}
