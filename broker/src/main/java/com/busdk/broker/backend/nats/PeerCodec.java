package com.busdk.broker.backend.nats;

import com.busdk.broker.backend.Backend.AckRequest;
import com.busdk.broker.backend.Backend.AckResult;
import com.busdk.broker.backend.Backend.ConsumerInfo;
import com.busdk.broker.backend.Backend.Nack;
import com.busdk.broker.backend.Backend.Reject;
import com.busdk.broker.backend.Backend.Standing;
import com.busdk.broker.backend.ListenRequest;
import com.busdk.broker.backend.ListenRequest.Framing;
import com.busdk.broker.backend.ListenRequest.GroupMember;
import com.busdk.broker.backend.ListenRequest.Start;
import com.busdk.broker.backend.embedded.Bytes;
import com.busdk.broker.backend.embedded.DeadMark;
import com.busdk.broker.backend.embedded.GroupKey;
import com.busdk.broker.backend.embedded.GroupStatus;
import com.busdk.broker.backend.embedded.NamedMark;
import com.busdk.broker.backend.embedded.StoredEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What processes ask each other, as bytes: numbers and texts one behind the other, each list with its length before it.
 * Stateless, any thread.
 */
final class PeerCodec {
    private PeerCodec() {}

    static byte[] bytes(Bytes written) {
        return Arrays.copyOf(written.array(), written.size());
    }

    private static String text(Bytes.Reader from) {
        @Nullable String text = from.text();
        if (text == null) {
            throw new IllegalArgumentException("a text is missing");
        }
        return text;
    }

    static Bytes texts(Bytes to, Iterable<String> list) {
        List<String> all = new ArrayList<>();
        list.forEach(all::add);
        to.number(all.size());
        all.forEach(to::text);
        return to;
    }

    static List<String> texts(Bytes.Reader from) {
        return list(from, PeerCodec::text);
    }

    private static <T> List<T> list(Bytes.Reader from, Function<Bytes.Reader, T> one) {
        List<T> all = new ArrayList<>();
        for (long n = from.number(); n > 0; n--) {
            all.add(one.apply(from));
        }
        return all;
    }

    // ---- a consumer that joins

    /**
     * @param startAt where a group begins that is made for it
     * @param snapshotEnd sequence below which it delivers and then ends, or -1
     */
    record Join(ListenRequest request, long startAt, long snapshotEnd) {
        byte[] encode() {
            GroupMember member = member(request);
            Bytes to = texts(new Bytes(), request.names())
                    .text(request.ownerView())
                    .number(request.framing() == Framing.SSE ? 1 : 0)
                    .number(request.limit())
                    .text(member.group())
                    .text(member.consumer())
                    .text(member.identity())
                    .number(member.explicit() ? 1 : 0)
                    .number(member.ordered() ? 1 : 0)
                    .number(member.maxInFlight())
                    .number(member.ackWait().toMillis())
                    .number(member.maxDeliveries())
                    .number(startAt)
                    .number(snapshotEnd + 1);
            return bytes(to);
        }

        static Join decode(Bytes.Reader from) {
            List<String> names = texts(from);
            @Nullable String view = from.text();
            Framing framing = from.number() == 1 ? Framing.SSE : Framing.NDJSON;
            long limit = from.number();
            GroupMember member = new GroupMember(
                    text(from),
                    text(from),
                    text(from),
                    from.number() == 1,
                    from.number() == 1,
                    from.smallNumber(),
                    Duration.ofMillis(from.number()),
                    from.smallNumber());
            long startAt = from.number();
            long snapshotEnd = from.number() - 1;
            ListenRequest request = new ListenRequest(
                    names, false, view, null, new Start.Live(), snapshotEnd < 0, limit, framing, member);
            return new Join(request, startAt, snapshotEnd);
        }

        GroupMember member() {
            return member(request);
        }

        private static GroupMember member(ListenRequest request) {
            GroupMember member = request.group();
            if (member == null) {
                throw new IllegalArgumentException("a consumer of a group");
            }
            return member;
        }
    }

    // ---- acknowledgements

    /** @param denied names of groups that the caller may not listen to, as far as the asking process knows of them */
    static byte[] ack(AckRequest request, Set<String> allowed, Set<String> denied) {
        Bytes to = new Bytes().text(request.group()).text(request.identity()).text(request.ownerView());
        texts(texts(to, allowed), denied);
        texts(to, request.ack());
        to.number(request.nack().size());
        for (Nack nack : request.nack()) {
            to.text(nack.token()).number(nack.delayMillis() + 1).text(nack.reason());
        }
        to.number(request.reject().size());
        for (Reject reject : request.reject()) {
            to.text(reject.token()).text(reject.reason());
        }
        return bytes(texts(to, request.extend()));
    }

    /** An {@link AckRequest} with the names that were looked at for it. */
    record Ack(AckRequest request, Set<String> looked) {
        static Ack decode(Bytes.Reader from) {
            String group = text(from);
            String identity = text(from);
            @Nullable String view = from.text();
            Set<String> allowed = Set.copyOf(texts(from));
            Set<String> looked = new HashSet<>(texts(from));
            looked.addAll(allowed);
            List<String> ack = texts(from);
            List<Nack> nack = list(from, one -> new Nack(text(one), one.number() - 1, one.text()));
            List<Reject> reject = list(from, one -> new Reject(text(one), one.text()));
            List<String> extend = texts(from);
            return new Ack(new AckRequest(group, identity, view, allowed::contains, ack, nack, reject, extend), looked);
        }
    }

    static byte[] result(AckResult result) {
        Bytes to = new Bytes()
                .number(result.ack())
                .number(result.nack())
                .number(result.reject())
                .number(result.extend());
        return bytes(texts(texts(to, result.stale()), result.unknown()));
    }

    static AckResult result(Bytes.Reader from) {
        return new AckResult(
                from.smallNumber(),
                from.smallNumber(),
                from.smallNumber(),
                from.smallNumber(),
                texts(from),
                texts(from));
    }

    // ---- dead letters

    static byte[] marks(List<NamedMark> marks) {
        Bytes to = new Bytes().number(marks.size());
        for (NamedMark mark : marks) {
            mark.mark().write(to.text(mark.name()));
        }
        return bytes(to);
    }

    static List<NamedMark> marks(Bytes.Reader from) {
        return list(from, one -> new NamedMark(text(one), DeadMark.read(one)));
    }

    // ---- what there is

    static void status(Bytes to, GroupStatus status) {
        GroupKey key = status.key();
        to.text(key.group()).text(key.owner()).text(key.name());
        to.number(status.consumers().size());
        for (ConsumerInfo consumer : status.consumers()) {
            to.text(consumer.consumer()).number(consumer.inFlight()).number(consumer.maxInFlight());
        }
        to.number(status.position())
                .number(status.inFlight())
                .number(status.waiting())
                .number(status.held())
                .number(status.redeliveries())
                .number(status.deadLetters())
                .number((status.ready() ? 1 : 0)
                        | (status.stalled() ? 2 : 0)
                        | (status.pausing() ? 4 : 0)
                        | (status.shortOfRoom() ? 8 : 0));
    }

    static GroupStatus status(Bytes.Reader from) {
        String group = text(from);
        @Nullable String owner = from.text();
        GroupKey key = new GroupKey(group, owner, text(from));
        List<ConsumerInfo> consumers =
                list(from, one -> new ConsumerInfo(text(one), one.smallNumber(), one.smallNumber()));
        long position = from.number();
        long inFlight = from.number();
        long waiting = from.number();
        long held = from.number();
        long redeliveries = from.number();
        long deadLetters = from.number();
        int flags = from.smallNumber();
        return new GroupStatus(
                key,
                consumers,
                position,
                inFlight,
                waiting,
                held,
                redeliveries,
                deadLetters,
                (flags & 1) != 0,
                (flags & 2) != 0,
                (flags & 4) != 0,
                (flags & 8) != 0);
    }

    static byte[] event(StoredEvent event, @Nullable String view) {
        return bytes(new Bytes()
                .number(event.sequence())
                .text(event.name())
                .text(event.owner())
                .text(view));
    }

    /** Without its line. */
    static StoredEvent event(Bytes.Reader from) {
        return new StoredEvent(from.number(), text(from), text(from), "");
    }

    static byte[] standings(List<Standing> standings) {
        Bytes to = new Bytes().number(standings.size());
        for (Standing one : standings) {
            to.text(one.group())
                    .text(one.owner())
                    .text(one.state())
                    .number(one.attempts())
                    .text(one.consumer())
                    .number(one.until());
        }
        return bytes(to);
    }

    static List<Standing> standings(Bytes.Reader from) {
        return list(
                from,
                one -> new Standing(text(one), one.text(), text(one), one.smallNumber(), one.text(), one.number()));
    }
}
