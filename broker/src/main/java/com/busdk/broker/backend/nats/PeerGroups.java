package com.busdk.broker.backend.nats;

import com.busdk.broker.backend.Backend.AckRequest;
import com.busdk.broker.backend.Backend.AckResult;
import com.busdk.broker.backend.Backend.Standing;
import com.busdk.broker.backend.EventId;
import com.busdk.broker.backend.embedded.Bytes;
import com.busdk.broker.backend.embedded.GroupKey;
import com.busdk.broker.backend.embedded.GroupKey.HomeKey;
import com.busdk.broker.backend.embedded.GroupStatus;
import com.busdk.broker.backend.embedded.Hub;
import com.busdk.broker.backend.embedded.NamedMark;
import com.busdk.broker.backend.embedded.StoredEvent;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What concerns groups of other processes: both sides of each question. Which names a caller may listen to is decided
 * where the caller is; the other side says where it knows names that were not looked at.
 *
 * <p>Thread: an event loop.
 */
final class PeerGroups {
    private static final byte ACK = 1;
    private static final byte MARKS = 2;
    private static final byte SETTLE = 3;
    private static final byte GROUPS = 4;
    private static final byte STANDINGS = 5;

    private static final byte DONE = 0;
    private static final byte LOOK_AT = 1;

    /** So often names may be made while a question is under way. */
    private static final int TRIES = 4;

    /** What one answer holds, however small messages are to be. */
    private static final int PAGE_BYTES = 256 << 10;

    /** Dead letters of one answer: with the longest reasons, as many as fit. */
    private static final int MOST_MARKS = 400;

    private final Hub hub;
    private final Shards shards;
    private @Nullable Peers peers;

    PeerGroups(Hub hub, Shards shards) {
        this.hub = hub;
        this.shards = shards;
    }

    /** Before it is used. */
    void over(Peers others) {
        peers = others;
    }

    private Future<Bytes.Reader> ask(String process, byte kind, byte[] question) {
        Peers others = peers;
        if (others == null) {
            throw new IllegalStateException("not started");
        }
        return others.ask(process, kind, question).map(Bytes.Reader::new);
    }

    /** Answers a question of another process. */
    Future<byte[]> answer(byte kind, ByteBuffer question) {
        Bytes.Reader from = new Bytes.Reader(question);
        return switch (kind) {
            case ACK -> answerAck(PeerCodec.Ack.decode(from));
            case MARKS -> answerMarks(from);
            case SETTLE -> answerSettle(from);
            case GROUPS -> answerGroups(from);
            case STANDINGS -> {
                StoredEvent event = PeerCodec.event(from);
                yield hub.local().standings(event, from.text()).map(PeerCodec::standings);
            }
            default ->
                Future.failedFuture(NatsBackend.unavailable(
                        "the service that has the group is of another version; update all services"));
        };
    }

    private void refuseUnlessHere(HomeKey home) {
        if (!shards.mayHandOut(Subjects.shardOf(home))) {
            throw new Peers.Elsewhere();
        }
    }

    private static Bytes home(HomeKey home) {
        return new Bytes().text(home.group()).text(home.owner());
    }

    private static HomeKey home(Bytes.Reader from) {
        @Nullable String group = from.text();
        return new HomeKey(group == null ? "" : group, from.text());
    }

    private Set<String> names(HomeKey home) {
        return shards.known(home).stream().map(GroupKey::name).collect(Collectors.toSet());
    }

    /** The names that were not looked at, or null where all were. */
    private byte @Nullable [] notLookedAt(HomeKey home, Set<String> looked) {
        Set<String> names = names(home);
        return looked.containsAll(names) ? null : PeerCodec.bytes(PeerCodec.texts(new Bytes().number(LOOK_AT), names));
    }

    private static byte[] done(byte[] body) {
        byte[] all = new byte[body.length + 1];
        all[0] = DONE;
        System.arraycopy(body, 0, all, 1, body.length);
        return all;
    }

    /** Asks with the names that are known; once more with those that the other side knows. */
    private <T> Future<T> withNames(
            Set<String> names,
            int tries,
            Function<Set<String>, Future<Bytes.Reader>> question,
            Function<Bytes.Reader, T> result) {
        return question.apply(names).compose(answer -> {
            if (answer.number() == DONE) {
                return Future.succeededFuture(result.apply(answer));
            }
            Set<String> more = new HashSet<>(names);
            more.addAll(PeerCodec.texts(answer));
            return tries > 0
                    ? withNames(more, tries - 1, question, result)
                    : Future.failedFuture(NatsBackend.unavailable("groups are being made all the time; try again"));
        });
    }

    private static Set<String> those(Set<String> names, Predicate<String> which) {
        return names.stream().filter(which).collect(Collectors.toSet());
    }

    // ---- acknowledgements

    Future<AckResult> ack(String process, AckRequest request, HomeKey home) {
        Predicate<String> may = request.mayListen();
        return withNames(
                names(home),
                TRIES,
                names -> ask(process, ACK, PeerCodec.ack(request, those(names, may), those(names, may.negate()))),
                PeerCodec::result);
    }

    private Future<byte[]> answerAck(PeerCodec.Ack ack) {
        HomeKey home = new HomeKey(ack.request().group(), ack.request().ownerView());
        refuseUnlessHere(home);
        byte[] lookAt = notLookedAt(home, ack.looked());
        return lookAt != null
                ? Future.succeededFuture(lookAt)
                : hub.ack(ack.request()).map(result -> done(PeerCodec.result(result)));
    }

    // ---- dead letters

    Future<List<NamedMark>> marks(
            String process,
            HomeKey home,
            @Nullable String name,
            Predicate<String> mayListen,
            @Nullable EventId after,
            int limit) {
        return withNames(
                names(home),
                TRIES,
                names -> {
                    Bytes to = home(home).text(name).text(after == null ? null : after.toString());
                    to.number(Math.min(limit, MOST_MARKS));
                    PeerCodec.texts(to, those(names, mayListen));
                    PeerCodec.texts(to, those(names, mayListen.negate()));
                    return ask(process, MARKS, PeerCodec.bytes(to));
                },
                PeerCodec::marks);
    }

    private Future<byte[]> answerMarks(Bytes.Reader from) {
        HomeKey home = home(from);
        refuseUnlessHere(home);
        @Nullable String name = from.text();
        @Nullable String after = from.text();
        int limit = from.smallNumber();
        Set<String> allowed = Set.copyOf(PeerCodec.texts(from));
        Set<String> looked = new HashSet<>(PeerCodec.texts(from));
        looked.addAll(allowed);
        byte[] lookAt = notLookedAt(home, looked);
        return lookAt != null
                ? Future.succeededFuture(lookAt)
                : hub.local()
                        .marks(
                                home.group(),
                                home.owner(),
                                name,
                                allowed::contains,
                                after == null ? null : EventId.parse(after),
                                limit)
                        .map(marks -> done(PeerCodec.marks(marks)));
    }

    Future<Integer> settle(String process, HomeKey home, @Nullable List<EventId> idsOrAll, boolean redrive) {
        Bytes to = home(home).number(redrive ? 1 : 0).number(idsOrAll == null ? 1 : 0);
        PeerCodec.texts(
                to,
                idsOrAll == null
                        ? List.of()
                        : idsOrAll.stream().map(EventId::toString).toList());
        return ask(process, SETTLE, PeerCodec.bytes(to)).map(Bytes.Reader::smallNumber);
    }

    private Future<byte[]> answerSettle(Bytes.Reader from) {
        HomeKey home = home(from);
        refuseUnlessHere(home);
        boolean redrive = from.number() == 1;
        boolean all = from.number() == 1;
        List<EventId> ids = new ArrayList<>();
        for (String text : PeerCodec.texts(from)) {
            EventId id = EventId.parse(text);
            if (id != null) {
                ids.add(id);
            }
        }
        return hub.settleDeadLetters(home.group(), home.owner(), all ? null : ids, redrive)
                .map(count -> PeerCodec.bytes(new Bytes().number(count)));
    }

    // ---- what there is

    Future<List<GroupStatus>> statuses(String process, @Nullable String view, @Nullable String name) {
        return statuses(process, view, name, new ArrayList<>());
    }

    private Future<List<GroupStatus>> statuses(
            String process, @Nullable String view, @Nullable String name, List<GroupStatus> found) {
        byte[] question = PeerCodec.bytes(new Bytes().text(view).text(name).number(found.size()));
        return ask(process, GROUPS, question).compose(answer -> {
            boolean more = answer.number() == 1;
            int before = found.size();
            for (long n = answer.number(); n > 0; n--) {
                found.add(PeerCodec.status(answer));
            }
            return more && found.size() > before ? statuses(process, view, name, found) : Future.succeededFuture(found);
        });
    }

    private Future<byte[]> answerGroups(Bytes.Reader from) {
        @Nullable String view = from.text();
        @Nullable String name = from.text();
        int skip = from.smallNumber();
        return hub.local().statuses(view, name).map(all -> {
            List<GroupStatus> sorted = all.stream()
                    .sorted((one, other) -> sortKey(one).compareTo(sortKey(other)))
                    .skip(skip)
                    .toList();
            Bytes page = new Bytes();
            int count = 0;
            while (count < sorted.size() && page.size() < PAGE_BYTES) {
                PeerCodec.status(page, sorted.get(count++));
            }
            byte[] head = PeerCodec.bytes(
                    new Bytes().number(count < sorted.size() ? 1 : 0).number(count));
            return ByteBuffer.allocate(head.length + page.size())
                    .put(head)
                    .put(page.array(), 0, page.size())
                    .array();
        });
    }

    private static String sortKey(GroupStatus status) {
        GroupKey key = status.key();
        return key.group() + "\n" + (key.owner() == null ? "" : key.owner()) + "\n" + key.name();
    }

    Future<List<Standing>> standings(String process, StoredEvent event, @Nullable String view) {
        return ask(process, STANDINGS, PeerCodec.event(event, view)).map(PeerCodec::standings);
    }
}
