package com.busdk.broker.http.stream;

import com.busdk.broker.access.Decision;
import com.busdk.broker.access.EventAccess;
import com.busdk.broker.backend.EventId;
import com.busdk.broker.backend.ListenRequest;
import com.busdk.broker.backend.ListenRequest.Framing;
import com.busdk.broker.backend.ListenRequest.GroupMember;
import com.busdk.broker.backend.ListenRequest.Start;
import com.busdk.broker.http.exchange.Query;
import com.busdk.client.config.GoDuration;
import com.busdk.client.event.EventName;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.identity.Identity;
import com.busdk.client.text.Echo;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a stream's parameters ask for, after they have been found right and allowed. Immutable.
 *
 * @param heartbeat something is sent when nothing was for so long; zero for never
 * @param notices whether control lines are wanted
 */
record StreamRequest(ListenRequest listen, Duration heartbeat, boolean notices) {
    /** SSE streams are kept alive by a comment at least this often, as proxies close what is silent. */
    private static final Duration SSE_HEARTBEAT = Duration.ofSeconds(15);

    /** Deliveries out at one consumer, unless it says otherwise. */
    private static final int AUTO_WINDOW = 256;

    private static final int EXPLICIT_WINDOW = 32;
    private static final int MAX_WINDOW = 10_000;
    private static final Duration ACK_WAIT = Duration.ofSeconds(30);
    private static final int MAX_DELIVERIES = 5;
    private static final int MAX_TEXT_BYTES = 255;
    private static final Pattern GROUP_NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final Pattern WILDCARD =
            Pattern.compile("(?:[a-z0-9_-]+|\\*)(?:\\.(?:[a-z0-9_-]+|\\*))*(?:\\.>)?|>");

    /** Parameters of {@code delivery=unicast} alone. */
    private static final List<String> UNICAST_ONLY =
            List.of("group", "consumer", "ack", "ordered", "max_in_flight", "ack_wait", "max_deliveries");

    /** Of those, parameters of leases, which there are with {@code ack=explicit} alone. */
    private static final List<String> EXPLICIT_ONLY = List.of("ack_wait", "max_deliveries");

    static StreamRequest of(
            Query query,
            @Nullable String lastEventId,
            Framing framing,
            Identity identity,
            EventAccess access,
            StreamLimits limits,
            InstantSource clock) {
        List<String> names = names(query, limits);
        boolean wildcards = names.stream().anyMatch(name -> name.indexOf('*') >= 0 || name.indexOf('>') >= 0);
        boolean unicast = query.read("delivery", false, value -> switch (value) {
            case "broadcast" -> false;
            case "unicast" -> true;
            default -> throw new IllegalArgumentException("it is broadcast or unicast");
        });
        if (!unicast) {
            for (String name : UNICAST_ONLY) {
                if (query.has(name)) {
                    throw bad("the parameter " + name + " belongs to delivery=unicast; add that, or leave it out");
                }
            }
        } else if (wildcards) {
            throw bad("a group has exact names; name each of them, or use delivery=broadcast");
        }
        boolean follow = query.flag("follow", true);
        boolean replay = query.flag("replay", false) || !follow;
        String correlationId = query.readIfGiven("correlationId", value -> text(value, MAX_TEXT_BYTES));
        if (unicast && correlationId != null) {
            throw bad("correlationId belongs to delivery=broadcast: a group is made of all events of a name");
        }
        Start start = start(query, lastEventId, replay, clock);
        long limit = query.number("limit", 0, 1, Long.MAX_VALUE);
        Duration heartbeat = heartbeat(query, framing);
        boolean notices = query.flag("notices", framing == Framing.SSE);
        GroupMember member = unicast ? member(query, identity) : null;
        query.refuseOthers();
        if (wildcards) {
            refuse(access.requireAdmin(identity));
        } else {
            names.forEach(name -> refuse(access.mayListen(identity, name)));
        }
        String view = identity.service() ? null : identity.subject();
        ListenRequest listen =
                new ListenRequest(names, wildcards, view, correlationId, start, follow, limit, framing, member);
        return new StreamRequest(listen, heartbeat, notices);
    }

    private static Duration heartbeat(Query query, Framing framing) {
        Duration asked = query.read("heartbeat", Duration.ZERO, value -> {
            Duration every = GoDuration.parse(value);
            if (every.compareTo(Duration.ofMillis(100)) < 0 || every.compareTo(Duration.ofHours(1)) > 0) {
                throw new IllegalArgumentException("it is 100ms to 1h");
            }
            return every;
        });
        boolean sooner = !asked.isZero() && asked.compareTo(SSE_HEARTBEAT) < 0;
        return framing == Framing.NDJSON || sooner ? asked : SSE_HEARTBEAT;
    }

    private static List<String> names(Query query, StreamLimits limits) {
        List<String> names = new ArrayList<>();
        for (String name : query.all("name")) {
            boolean wildcard = name.indexOf('*') >= 0 || name.indexOf('>') >= 0;
            if (wildcard && !limits.allowWildcards()) {
                throw bad(
                        "wildcards are not served here: name each event, or start the service with --allow-wildcards");
            }
            boolean right =
                    wildcard ? name.length() <= 255 && WILDCARD.matcher(name).matches() : EventName.isValid(name);
            if (!right) {
                throw bad("the parameter name is " + Echo.quote(name)
                        + ": a name is two or more words of a-z, 0-9, _ and -, joined by dots, at most 255 bytes");
            }
            if (!names.contains(name)) {
                names.add(name);
            }
        }
        if (names.isEmpty()) {
            throw bad("the parameter name is missing: say which events, as in ?name=example.ping");
        }
        if (names.size() > limits.maxNames()) {
            throw bad("a stream has " + limits.maxNames() + " names at most; open another one for the rest");
        }
        return names;
    }

    private static Start start(Query query, @Nullable String lastEventId, boolean replay, InstantSource clock) {
        String after = query.one("after");
        if (after != null && query.has("since")) {
            throw bad("after and since both say where to begin; give one of them");
        }
        Instant since = query.readIfGiven("since", value -> since(value, clock));
        // A browser reconnects with the very URL it was given: its header knows better where it stands.
        String resume = lastEventId == null ? after : lastEventId;
        if (resume != null) {
            EventId id = EventId.parse(resume);
            if (id == null) {
                throw bad((lastEventId == null ? "the parameter after" : "Last-Event-ID") + " is " + Echo.quote(resume)
                        + ": it is the id of an event, as evt_ and 26 hex digits");
            }
            return new Start.After(id);
        }
        if (since != null) {
            return new Start.Since(ChronoUnit.MICROS.between(Instant.EPOCH, since));
        }
        return replay ? new Start.Oldest() : new Start.Live();
    }

    private static Instant since(String value, InstantSource clock) {
        boolean date = value.length() >= 10 && value.charAt(4) == '-';
        try {
            if (date) {
                // An unescaped + of a zone arrives as a space.
                OffsetDateTime time = OffsetDateTime.parse(value.replace(' ', '+'));
                return time.toInstant().truncatedTo(ChronoUnit.MICROS);
            }
            Duration back = GoDuration.parse(value);
            if (back.isNegative()) {
                throw new IllegalArgumentException("it is how long ago, so not below zero");
            }
            return clock.instant().minus(back);
        } catch (DateTimeException | ArithmeticException e) {
            throw new IllegalArgumentException(
                    "it is a time such as 2026-01-31T12:00:00Z, or a duration such as 15m", e);
        }
    }

    private static GroupMember member(Query query, Identity identity) {
        String group = query.read("group", "default", StreamRequest::groupName);
        String consumer = query.read("consumer", "default", StreamRequest::groupName);
        boolean explicit = query.read("ack", false, value -> switch (value) {
            case "auto" -> false;
            case "explicit" -> true;
            default -> throw new IllegalArgumentException("it is auto or explicit");
        });
        if (!explicit) {
            for (String name : EXPLICIT_ONLY) {
                if (query.has(name)) {
                    throw bad("the parameter " + name + " belongs to ack=explicit; add that, or leave it out");
                }
            }
        }
        boolean ordered = query.read("ordered", false, value -> {
            if (!value.equals("key")) {
                throw new IllegalArgumentException("it is key");
            }
            return true;
        });
        int window = (int) query.number("max_in_flight", explicit ? EXPLICIT_WINDOW : AUTO_WINDOW, 1, MAX_WINDOW);
        Duration ackWait = query.read("ack_wait", ACK_WAIT, value -> {
            Duration wait = GoDuration.parse(value);
            if (wait.compareTo(Duration.ofMillis(100)) < 0 || wait.compareTo(Duration.ofHours(24)) > 0) {
                throw new IllegalArgumentException("it is 100ms to 24h");
            }
            return wait;
        });
        int maxDeliveries = (int) query.number("max_deliveries", MAX_DELIVERIES, 1, 1_000_000);
        return new GroupMember(group, consumer, identity.subject(), explicit, ordered, window, ackWait, maxDeliveries);
    }

    private static String groupName(String value) {
        if (!GROUP_NAME.matcher(value).matches()) {
            throw new IllegalArgumentException("it is 1 to 64 of A-Z, a-z, 0-9, dot, _ and -");
        }
        return value;
    }

    private static @Nullable String text(String value, int maxBytes) {
        if (value.isEmpty() || value.getBytes(StandardCharsets.UTF_8).length > maxBytes) {
            throw new IllegalArgumentException("it has 1 to " + maxBytes + " bytes");
        }
        return value;
    }

    private static void refuse(Decision decision) {
        if (decision instanceof Decision.Refused refused) {
            throw refused.toException();
        }
    }

    private static ApiException bad(String what) {
        return ApiException.of(ErrorType.BAD_REQUEST, what);
    }
}
