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
        /** Registering. */
        REGISTER,
        /** Asking for one-time passwords, each of which is a mail to somebody. */
        REQUEST_CODE,
        /** Guessing them. */
        VERIFY
    }

    /** The window that each limit is for. */
    private static final Duration WINDOW = Duration.ofHours(1);

    /**
     * How often one source may do each in an hour.
     *
     * @param register above zero
     * @param requestCode above zero
     * @param verify above zero
     */
    record Limits(int register, int requestCode, int verify) {
        /** What an office of a thousand people behind one address does not meet in an hour, and a flood does. */
        static final Limits DEFAULT = new Limits(1_000, 1_000, 3_000);

        /** Refuses what would let nobody in. */
        Limits {
            if (register < 1 || requestCode < 1 || verify < 1) {
                throw new IllegalArgumentException("a limit is above zero");
            }
        }

        int most(Deed deed) {
            return switch (deed) {
                case REGISTER -> register;
                case REQUEST_CODE -> requestCode;
                case VERIFY -> verify;
            };
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
    private final Limits limits;

    SourceLimits(Clock clock, Proxies proxies, Limits limits) {
        this.clock = clock;
        this.proxies = proxies;
        this.limits = limits;
    }

    /**
     * The proxies that are believed.
     *
     * @param loopback whether those of this machine are
     * @param networks others
     */
    record Proxies(boolean loopback, List<Network> networks) {
        /** Keeps a copy. */
        Proxies {
            networks = List.copyOf(networks);
        }

        /** Reads {@code loopback}, {@code none}, literal addresses, and networks such as {@code 10.1.0.0/16}. */
        static Proxies of(List<String> words) {
            return new Proxies(
                    words.contains("loopback"),
                    words.stream()
                            .filter(word -> !word.equals("loopback") && !word.equals("none"))
                            .map(Network::of)
                            .toList());
        }

        private boolean trust(InetAddress peer) {
            return loopback && peer.isLoopbackAddress() || networks.stream().anyMatch(network -> network.has(peer));
        }
    }

    /**
     * Addresses that begin alike (RFC 4632, RFC 4291 section 2.3).
     *
     * @param address one of them
     * @param bits how many bits of it count
     */
    record Network(InetAddress address, int bits) {
        /** Refuses more bits than the address has. */
        Network {
            if (bits < 0 || bits > address.getAddress().length * Byte.SIZE) {
                throw new IllegalArgumentException("a network is written like 10.1.0.0/16 or 2001:db8::/32");
            }
        }

        static Network of(String text) {
            int slash = text.indexOf('/');
            InetAddress address = literal(slash < 0 ? text : text.substring(0, slash));
            // Digits alone: parseInt would take a sign.
            String bits = text.substring(slash + 1);
            int all = address.getAddress().length * Byte.SIZE;
            return new Network(
                    address, slash < 0 ? all : bits.matches("[0-9]{1,3}") ? Integer.parseInt(bits) : all + 1);
        }

        boolean has(InetAddress other) {
            byte[] ours = address.getAddress();
            byte[] theirs = other.getAddress();
            if (ours.length != theirs.length) {
                return false;
            }
            for (int bit = 0; bit < bits; bit++) {
                int mask = 0x80 >> (bit % Byte.SIZE);
                if (((ours[bit / Byte.SIZE] ^ theirs[bit / Byte.SIZE]) & mask) != 0) {
                    return false;
                }
            }
            return true;
        }
    }

    /**
     * Counts a deed.
     *
     * @throws ApiException {@code rate_limited} if its source has done it too often
     */
    void count(Deed deed, Head head) {
        long now = clock.millis();
        long length = WINDOW.toMillis();
        int most = limits.most(deed);
        Count count = counts.asMap()
                .merge(
                        new Key(deed, source(head)),
                        new Count(now, 1),
                        (old, first) -> now >= old.windowStart() + length || now < old.windowStart()
                                ? first
                                : new Count(old.windowStart(), Math.min(old.done() + 1, most + 1)));
        if (count.done() > most) {
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
