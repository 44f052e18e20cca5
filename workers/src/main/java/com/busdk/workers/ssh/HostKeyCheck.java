package com.busdk.workers.ssh;

import com.busdk.workers.ssh.KnownHosts.HostKey;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Says whether a host's key is the one that is known, for one connection. Asked on a thread of the SSH library, read by
 * the connecting thread afterwards.
 */
final class HostKeyCheck {
    /** Where a connection carries its check. */
    static final AttributeKey<HostKeyCheck> KEY = new AttributeKey<>();

    private static final String RSA = "ssh-rsa";
    private static final String CERTIFICATE = "-cert-";

    private final String address;
    private final List<HostKey> known;
    private final boolean acceptNew;
    private volatile @Nullable String refusal;
    private volatile @Nullable Learned learned;

    HostKeyCheck(String address, List<HostKey> known, boolean acceptNew) {
        this.address = address;
        this.known = known;
        this.acceptNew = acceptNew;
    }

    /**
     * A key that was accepted although nobody knew it.
     *
     * @param type such as {@code ssh-ed25519}
     * @param base64 the key as SSH sends it, in Base64
     */
    record Learned(String type, String base64) {}

    /** Whether to go on with a host that has this key. */
    boolean accepts(PublicKey key) {
        String type = KeyUtils.getKeyType(key);
        ByteArrayBuffer buffer = new ByteArrayBuffer();
        buffer.putRawPublicKey(key);
        String base64 = Base64.getEncoder().encodeToString(buffer.getCompactData());
        String shown = "the host key of " + address + " (" + type + ' ' + KeyUtils.getFingerPrint(key) + ") ";
        if (known.stream().anyMatch(entry -> entry.revoked() && entry.base64().equals(base64))) {
            refusal = shown + "is revoked in the runner's known_hosts file";
            return false;
        }
        if (known.stream().anyMatch(entry -> entry.base64().equals(base64))) {
            return true;
        }
        if (!known.isEmpty()) {
            refusal = shown
                    + "is not the one that the runner knows: either the machine was made anew, and an operator has"
                    + " to replace its key in the runner's known_hosts file, or someone stands in between";
            return false;
        }
        if (!acceptNew) {
            refusal = shown + "is not known to the runner: an operator has to add it to the runner's known_hosts file";
            return false;
        }
        learned = new Learned(type, base64);
        return true;
    }

    /** Why the key was refused, if it was. */
    Optional<String> refusal() {
        return Optional.ofNullable(refusal);
    }

    /** The key that was new, if it was. */
    Optional<Learned> learned() {
        return Optional.ofNullable(learned);
    }

    /**
     * The proposal for host key algorithms with those of known keys first: a server has several keys, and has to show
     * the one that we can check. Certificates are left out, as nobody here could check them.
     */
    String order(String proposal) {
        List<String> first = new ArrayList<>();
        List<String> then = new ArrayList<>();
        for (String algorithm : proposal.split(",", -1)) {
            if (!algorithm.contains(CERTIFICATE)) {
                String type = algorithm.startsWith("rsa-sha2-") ? RSA : algorithm;
                boolean isKnown = known.stream()
                        .anyMatch(key -> !key.revoked() && key.type().equals(type));
                (isKnown ? first : then).add(algorithm);
            }
        }
        first.addAll(then);
        return String.join(",", first);
    }
}
