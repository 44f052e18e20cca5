package com.busdk.client.events;

import com.busdk.client.config.GoDuration;
import com.busdk.client.event.EventName;
import com.busdk.client.text.Echo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What to listen to, and how.
 *
 * <pre>{@code
 * ListenOptions jobs = ListenOptions.of("example.job").unicast("workers", "worker-a").explicitAck().build();
 * ListenOptions history = ListenOptions.of("example.job").replay().snapshot().build();
 * }</pre>
 *
 * @param names at least one event name, or patterns where the service allows them
 * @param member the place in a consumer group, null for broadcast
 * @param replay first the history that is retained
 * @param follow go on with live events; if not, end after the snapshot
 * @param after resume behind this id, null for none
 * @param since replay from this time, RFC 3339 or a duration, null for none
 * @param limit end after that many events, 0 for no limit
 * @param correlationId only events with it, null for all
 * @param window most events whose handler is at work before reading stops, at least 1; the hub's own window is set in
 *     the {@link Member}
 * @param retry how to come back after a loss
 */
public record ListenOptions(
        List<String> names,
        @Nullable Member member,
        boolean replay,
        boolean follow,
        @Nullable String after,
        @Nullable String since,
        long limit,
        @Nullable String correlationId,
        int window,
        RetryPolicy retry) {
    /** Default of {@code window}: as many events as the hub sends ahead to a consumer with {@code ack=auto}. */
    public static final int DEFAULT_WINDOW = 256;

    private static final Pattern GROUP = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    /** Refuses what the service would refuse. */
    public ListenOptions {
        names = List.copyOf(names);
        if (names.isEmpty()) {
            throw new IllegalArgumentException("no name to listen to: give one such as example.ping");
        }
        names.forEach(ListenOptions::checkName);
        if (limit < 0 || window < 1) {
            throw new IllegalArgumentException("limit and window are not negative, and a window holds at least 1");
        }
        if (member != null && (after != null || since != null)) {
            throw new IllegalArgumentException("a group knows where it stands: leave out after and since");
        }
        if (member != null && correlationId != null) {
            throw new IllegalArgumentException("a group takes all events of a name: leave out the correlation id");
        }
    }

    /**
     * Starts options for a broadcast listener.
     *
     * @param name an event name
     * @param more further names on the same connection
     * @return a builder
     */
    public static Builder of(String name, String... more) {
        List<String> names = new ArrayList<>();
        names.add(name);
        names.addAll(List.of(more));
        return new Builder(names);
    }

    /**
     * Starts options for a broadcast listener.
     *
     * @param names event names
     * @return a builder
     */
    public static Builder of(List<String> names) {
        return new Builder(names);
    }

    private static void checkName(String name) {
        boolean pattern = name.indexOf('*') >= 0 || name.indexOf('>') >= 0;
        if (!pattern) {
            EventName.check(name);
        }
    }

    /**
     * A place in a consumer group.
     *
     * @param group the group, 1 to 64 of {@code [A-Za-z0-9._-]}
     * @param consumer the consumer, likewise
     * @param explicitAck each delivery is a lease that has to be acknowledged
     * @param orderedByKey of events with the same key at most one is out at a time
     * @param maxInFlight most events out at this consumer, 0 for the hub's default
     * @param ackWait how long a lease lasts, null for the hub's default
     * @param maxDeliveries deliveries before an event is a dead letter, 0 for the hub's default
     */
    public record Member(
            String group,
            String consumer,
            boolean explicitAck,
            boolean orderedByKey,
            int maxInFlight,
            @Nullable Duration ackWait,
            int maxDeliveries) {
        /** Refuses names that the service would refuse, and settings of leases where there are none. */
        public Member {
            checkWord("group", group);
            checkWord("consumer", consumer);
            if (maxInFlight < 0 || maxDeliveries < 0 || (ackWait != null && ackWait.isNegative())) {
                throw new IllegalArgumentException("the settings of a consumer are not negative");
            }
            if (!explicitAck && (ackWait != null || maxDeliveries > 0)) {
                throw new IllegalArgumentException("ackWait and maxDeliveries belong to explicit acknowledgement");
            }
        }

        private static void checkWord(String what, String word) {
            if (!GROUP.matcher(word).matches()) {
                throw new IllegalArgumentException(
                        what + " " + Echo.quote(word) + " is not 1 to 64 of the characters A-Z a-z 0-9 . _ -");
            }
        }
    }

    /** The query string of a first connection, without heartbeat and notices. */
    Query query() {
        Query query = new Query();
        names.forEach(name -> query.add("name", name));
        if (member != null) {
            addMember(query, member);
        }
        if (!follow) {
            query.add("follow", "false");
        }
        if (correlationId != null) {
            query.add("correlationId", correlationId);
        }
        return query;
    }

    private static void addMember(Query query, Member member) {
        query.add("delivery", "unicast");
        query.add("group", member.group());
        query.add("consumer", member.consumer());
        if (member.explicitAck()) {
            query.add("ack", "explicit");
        }
        if (member.orderedByKey()) {
            query.add("ordered", "key");
        }
        if (member.maxInFlight() > 0) {
            query.add("max_in_flight", Integer.toString(member.maxInFlight()));
        }
        Duration ackWait = member.ackWait();
        if (ackWait != null) {
            query.add("ack_wait", GoDuration.format(ackWait));
        }
        if (member.maxDeliveries() > 0) {
            query.add("max_deliveries", Integer.toString(member.maxDeliveries()));
        }
    }

    /** Collects options. For one thread; {@link #build} checks. */
    public static final class Builder {
        private final List<String> names;
        private @Nullable String group;
        private String consumer = "default";
        private boolean explicitAck;
        private boolean orderedByKey;
        private int maxInFlight;
        private @Nullable Duration ackWait;
        private int maxDeliveries;
        private boolean replay;
        private boolean follow = true;
        private @Nullable String after;
        private @Nullable String since;
        private long limit;
        private @Nullable String correlationId;
        private int window = DEFAULT_WINDOW;
        private RetryPolicy retry = RetryPolicy.DEFAULT;

        private Builder(List<String> names) {
            this.names = List.copyOf(names);
        }

        /**
         * Competes in a group.
         *
         * @param groupName the group
         * @param consumerName the name of this consumer
         * @return this
         */
        public Builder unicast(String groupName, String consumerName) {
            this.group = groupName;
            this.consumer = consumerName;
            return this;
        }

        /**
         * Acknowledges each event itself; only in a group.
         *
         * @return this
         */
        public Builder explicitAck() {
            this.explicitAck = true;
            return this;
        }

        /**
         * Gets events of the same key one at a time; only in a group.
         *
         * @return this
         */
        public Builder orderedByKey() {
            this.orderedByKey = true;
            return this;
        }

        /**
         * Sets how many events the hub sends ahead; only in a group.
         *
         * @param events at least 1
         * @return this
         */
        public Builder maxInFlight(int events) {
            this.maxInFlight = events;
            return this;
        }

        /**
         * Sets how long a lease lasts; only with explicit acknowledgement.
         *
         * @param lease longer than zero
         * @return this
         */
        public Builder ackWait(Duration lease) {
            this.ackWait = lease;
            return this;
        }

        /**
         * Sets after how many deliveries an event is a dead letter; only with explicit acknowledgement.
         *
         * @param deliveries at least 1
         * @return this
         */
        public Builder maxDeliveries(int deliveries) {
            this.maxDeliveries = deliveries;
            return this;
        }

        /**
         * Begins with the history that is retained.
         *
         * @return this
         */
        public Builder replay() {
            this.replay = true;
            return this;
        }

        /**
         * Ends after the history that there is when the request comes.
         *
         * @return this
         */
        public Builder snapshot() {
            this.follow = false;
            return this;
        }

        /**
         * Resumes behind an event.
         *
         * @param id its id
         * @return this
         */
        public Builder after(@Nullable String id) {
            this.after = id;
            return this;
        }

        /**
         * Replays from a time.
         *
         * @param timeOrDuration RFC 3339, or a duration such as {@code 15m}
         * @return this
         */
        public Builder since(@Nullable String timeOrDuration) {
            this.since = timeOrDuration;
            return this;
        }

        /**
         * Ends after so many events.
         *
         * @param events how many, 0 for no limit
         * @return this
         */
        public Builder limit(long events) {
            this.limit = events;
            return this;
        }

        /**
         * Takes only events with this correlation id.
         *
         * @param value the id
         * @return this
         */
        public Builder correlationId(@Nullable String value) {
            this.correlationId = value;
            return this;
        }

        /**
         * Sets how many events may be at work in the handler.
         *
         * @param events at least 1; 1 does one after the other
         * @return this
         */
        public Builder window(int events) {
            this.window = events;
            return this;
        }

        /**
         * Sets how to come back after a loss.
         *
         * @param policy the policy
         * @return this
         */
        public Builder retry(RetryPolicy policy) {
            this.retry = policy;
            return this;
        }

        /**
         * Makes the options.
         *
         * @return the options
         * @throws IllegalArgumentException if they do not fit together
         */
        public ListenOptions build() {
            Member member = null;
            if (group != null) {
                member = new Member(group, consumer, explicitAck, orderedByKey, maxInFlight, ackWait, maxDeliveries);
            } else if (explicitAck || orderedByKey || maxInFlight > 0 || ackWait != null || maxDeliveries > 0) {
                throw new IllegalArgumentException("acknowledgement and ordering belong to a group: say unicast");
            }
            return new ListenOptions(names, member, replay, follow, after, since, limit, correlationId, window, retry);
        }
    }
}
