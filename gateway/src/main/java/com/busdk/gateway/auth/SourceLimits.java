package com.busdk.gateway.auth;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.gateway.http.Head;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Limits what one source may do of that which anybody may do. A source is the address at the other end of the connection;
 * where that is a trusted proxy, it is the last address in {@code X-Forwarded-For}, which the proxy has put there itself
 * (a client may have written those before it). Of an IPv6 address the first 64 bits count, since the rest is the
 * customer's own to choose.
 *
 * <p>Any thread.
 */
final class SourceLimits {
    /** Sources that are kept count of. Beyond it the rarest are forgotten: the limits for each address stay. */
    private static final int MAX_SOURCES = 100_000;

    private static final int IPV6_CUSTOMER_BYTES = 8;

    /** What is limited. */
    enum Deed {
        /** Registering: a household, or an office behind one address. */
        REGISTER(30, Duration.ofHours(1)),
        /** Asking for one-time passwords, each of which is a mail to somebody. */
        REQUEST_CODE(60, Duration.ofHours(1)),
        /** Guessing them. */
        VERIFY(120, Duration.ofHours(1));

        private final int most;
        private final Duration window;

        Deed(int most, Duration window) {
            this.most = most;
            this.window = window;
        }

        int most() {
            return most;
        }
    }

    private record Key(Deed deed, String source) {}

    private record Count(long windowStart, int done) {}

    private final Cache<Key, Count> counts = Caffeine.newBuilder()
            .maximumSize(MAX_SOURCES)
            .executor(Runnable::run)
            .build();
    private final Clock clock;
    private final Proxies proxies;

    SourceLimits(Clock clock, Proxies proxies) {
        this.clock = clock;
        this.proxies = proxies;
    }

    /**
     * The proxies that are believed.
     *
     * @param loopback whether those of this machine are
     * @param addresses others
     */
    record Proxies(boolean loopback, Set<String> addresses) {
        /** Keeps a copy. */
        Proxies {
            addresses = Set.copyOf(addresses);
        }

        /** Reads {@code loopback}, {@code none}, and literal addresses. */
        static Proxies of(List<String> words) {
            boolean loopback = words.contains("loopback");
            return new Proxies(
                    loopback,
                    Set.copyOf(words.stream()
                            .filter(word -> !word.equals("loopback") && !word.equals("none"))
                            .map(word -> literal(word).getHostAddress())
                            .toList()));
        }

        private boolean trust(InetAddress peer) {
            return loopback && peer.isLoopbackAddress() || addresses.contains(peer.getHostAddress());
        }
    }

    /**
     * Counts a deed.
     *
     * @throws ApiException {@code rate_limited} if its source has done it too often
     */
    void count(Deed deed, Head head) {
        long now = clock.millis();
        long length = deed.window.toMillis();
        Count count = counts.asMap()
                .merge(
                        new Key(deed, source(head)),
                        new Count(now, 1),
                        (old, first) -> now >= old.windowStart() + length || now < old.windowStart()
                                ? first
                                : new Count(old.windowStart(), Math.min(old.done() + 1, deed.most + 1)));
        if (count.done() > deed.most) {
            throw tooMany((int) Math.ceilDiv(count.windowStart() + length - now, 1000L));
        }
    }

    static ApiException tooMany(int retryAfterSeconds) {
        return ApiException.of(ErrorType.RATE_LIMITED, "this was done too often: wait a while before you try again")
                .withRetryAfter(Math.max(1, retryAfterSeconds));
    }

    private String source(Head head) {
        InetAddress peer;
        try {
            peer = literal(head.peer());
        } catch (IllegalArgumentException e) {
            return ""; // a connection without an address, which is none of a network
        }
        if (!proxies.trust(peer)) {
            return text(peer);
        }
        List<String> lines = head.headers("X-Forwarded-For");
        if (lines.isEmpty()) {
            return text(peer);
        }
        String[] hops = lines.getLast().split(",", -1);
        try {
            return text(literal(hops[hops.length - 1].strip()));
        } catch (IllegalArgumentException e) {
            return text(peer);
        }
    }

    private static InetAddress literal(String address) {
        return InetAddress.ofLiteral(address); // asks no resolver
    }

    private static String text(InetAddress address) {
        if (address instanceof Inet6Address v6) {
            StringBuilder prefix = new StringBuilder("v6:");
            for (int i = 0; i < IPV6_CUSTOMER_BYTES; i++) {
                prefix.append(String.format("%02x", v6.getAddress()[i]));
            }
            return prefix.toString();
        }
        return address.getHostAddress();
    }
}
