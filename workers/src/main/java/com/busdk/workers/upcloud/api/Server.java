package com.busdk.workers.upcloud.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A server as the API tells of it. A list has no NICs and no progress; passwords, which stand in plain answers, are never
 * read. Immutable.
 *
 * @param uuid its id
 * @param title what a person calls it; not unique
 * @param zone where it is
 * @param plan its size
 * @param state {@code started}, {@code stopped}, {@code maintenance}, {@code error}, {@code pending_delete}, or a word
 *     that is not known yet
 * @param progress in percent while its disk is being made, else empty
 * @param created seconds since 1970, 0 if unknown
 * @param labels its labels
 * @param nics its network interfaces, from an answer about it alone
 */
public record Server(
        String uuid,
        String title,
        String zone,
        String plan,
        String state,
        String progress,
        long created,
        Map<String, String> labels,
        List<Nic> nics) {
    /** It runs. */
    public static final String STARTED = "started";

    /** It does not run. */
    public static final String STOPPED = "stopped";

    /** It is in transition: created, started, stopped, restarted or repaired; the API does not say which. */
    public static final String MAINTENANCE = "maintenance";

    /** The cloud's side is broken; it heals by itself. */
    public static final String ERROR = "error";

    /** It is about to be gone. */
    public static final String PENDING_DELETE = "pending_delete";

    /** Keeps unmodifiable copies. */
    public Server {
        labels = Map.copyOf(labels);
        nics = List.copyOf(nics);
    }

    /**
     * A network interface.
     *
     * @param type {@code private}, {@code public} or {@code utility}
     * @param network UUID of its network
     * @param mac its MAC address, lower case with colons
     * @param ipv4 its IPv4 addresses
     */
    public record Nic(String type, String network, String mac, List<String> ipv4) {
        /** Keeps an unmodifiable copy. */
        public Nic {
            ipv4 = List.copyOf(ipv4);
        }
    }

    /**
     * Whether it has been brought away from {@link #STARTED}. A fault of the cloud's side or a state that is not known says
     * nothing about that.
     *
     * @return true in {@link #MAINTENANCE} and {@link #STOPPED}
     */
    public boolean hasLeftStarted() {
        return state.equals(MAINTENANCE) || state.equals(STOPPED);
    }

    /**
     * The NIC on a private network. Its index says nothing, and its address stands nowhere else in an answer.
     *
     * @param network UUID of the network
     * @return the NIC, if there is one
     */
    public Optional<Nic> privateNic(String network) {
        return nics.stream()
                .filter(nic -> nic.type().equals("private") && nic.network().equals(network))
                .findFirst();
    }

    /**
     * The NIC on the internet.
     *
     * @return the first one with an IPv4 address
     */
    public Optional<Nic> publicNic() {
        return nics.stream()
                .filter(nic -> nic.type().equals("public") && !nic.ipv4().isEmpty())
                .findFirst();
    }

    static Server of(JsonNode json) {
        Map<String, String> labels = new HashMap<>();
        for (JsonNode label : Lenient.items(json, "labels", "label")) {
            labels.put(Lenient.text(label, "key"), Lenient.text(label, "value"));
        }
        List<Nic> nics = new ArrayList<>();
        for (JsonNode nic : Lenient.items(json.path("networking"), "interfaces", "interface")) {
            nics.add(nic(nic));
        }
        return new Server(
                Lenient.text(json, "uuid"),
                Lenient.text(json, "title"),
                Lenient.text(json, "zone"),
                Lenient.text(json, "plan"),
                Lenient.text(json, "state"),
                Lenient.text(json, "progress"),
                Lenient.number(json, "created").orElse(0),
                labels,
                nics);
    }

    private static Nic nic(JsonNode json) {
        List<String> ipv4 = new ArrayList<>();
        for (JsonNode address : Lenient.items(json, "ip_addresses", "ip_address")) {
            String ip = Lenient.text(address, "address");
            if (Lenient.text(address, "family").equals("IPv4") && !ip.isEmpty()) {
                ipv4.add(ip);
            }
        }
        return new Nic(Lenient.text(json, "type"), Lenient.text(json, "network"), Lenient.text(json, "mac"), ipv4);
    }
}
