package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.ListenRequest;
import com.busdk.broker.backend.log.LogRecord;
import com.busdk.broker.backend.log.NameSelector;
import com.busdk.broker.envelope.JsonText;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which events a stream wants: names for the index, owner and correlation id on the record's own bytes. Immutable, any
 * thread. Streams with equal filters and framing are served the same bytes.
 */
final class EventFilter {
    private final List<String> names;
    private final boolean wildcards;
    private final @Nullable ByteKey owner;
    private final @Nullable ByteKey correlation;
    private final NameSelector selector;

    EventFilter(List<String> names, boolean wildcards, @Nullable String owner, @Nullable String correlationId) {
        this.names = names.stream().distinct().sorted().toList();
        this.wildcards = wildcards;
        this.owner = owner == null ? null : new ByteKey(JsonText.encode(owner));
        this.correlation = correlationId == null ? null : new ByteKey(JsonText.encode(correlationId));
        this.selector = wildcards
                ? new NameSelector.Matching(name -> NamePattern.anyMatches(this.names, name))
                : new NameSelector.Names(this.names);
    }

    static EventFilter of(ListenRequest request) {
        return new EventFilter(request.names(), request.wildcards(), request.ownerView(), request.correlationId());
    }

    List<String> names() {
        return names;
    }

    boolean wildcards() {
        return wildcards;
    }

    @Nullable
    ByteKey owner() {
        return owner;
    }

    @Nullable
    ByteKey correlation() {
        return correlation;
    }

    NameSelector selector() {
        return selector;
    }

    /** Whether owner and correlation id are as wanted; the name is the selector's part. */
    boolean admits(LogRecord event) {
        return (owner == null
                        || LogRecord.matches(event.buffer(), event.ownerStart(), event.ownerLength(), owner.bytes()))
                && (correlation == null
                        || LogRecord.matches(
                                event.buffer(),
                                event.correlationStart(),
                                event.correlationLength(),
                                correlation.bytes()));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof EventFilter that
                && wildcards == that.wildcards
                && names.equals(that.names)
                && Objects.equals(owner, that.owner)
                && Objects.equals(correlation, that.correlation);
    }

    @Override
    public int hashCode() {
        return Objects.hash(names, wildcards, owner, correlation);
    }
}
