package com.busdk.workers.ssh;

import com.busdk.client.identity.BoundedFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A file of host keys in OpenSSH's format (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"): names, patterns, {@code [host]:port},
 * hashed names, {@code @revoked}. Certificates of hosts ({@code @cert-authority}) are not used. It is read anew for each
 * connection, so that a key that an operator adds counts at once. Blocks on the file; any thread; immutable.
 */
final class KnownHosts {
    /** Ten thousand hosts, each with three keys. */
    private static final int MAX_FILE_BYTES = 8 * 1024 * 1024;

    private static final int SSH_PORT = 22;
    private static final String HASHED = "|1|";
    private static final Pattern BLANKS = Pattern.compile("[ \\t]+");

    private final Path file;

    KnownHosts(Path file) {
        this.file = file;
    }

    /**
     * The keys of a host.
     *
     * @throws IOException if there is a file and it cannot be read; its message names the file
     */
    List<HostKey> of(String host, int port) throws IOException {
        if (!Files.exists(file)) {
            return List.of();
        }
        byte[] content;
        try {
            content = BoundedFile.read(file, MAX_FILE_BYTES);
        } catch (IOException e) {
            throw new IOException("cannot read " + file + ": " + e.getMessage(), e);
        }
        String name = name(host, port);
        List<HostKey> keys = new ArrayList<>();
        new String(content, StandardCharsets.UTF_8).lines().forEach(line -> addIfOf(name, line.strip(), keys));
        return List.copyOf(keys);
    }

    /**
     * Adds a key. Two runners with the same file do not mix their lines.
     *
     * @throws IOException if it cannot be written
     */
    void add(String host, int port, String type, String base64) throws IOException {
        String line = name(host, port) + ' ' + type + ' ' + base64 + '\n';
        if (!Files.exists(file)) {
            createPrivate();
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            assert lock.isValid();
            long size = channel.size();
            ByteBuffer last = ByteBuffer.allocate(1);
            boolean open = size > 0 && channel.read(last, size - 1) == 1 && last.get(0) != '\n';
            ByteBuffer bytes = ByteBuffer.wrap(((open ? "\n" : "") + line).getBytes(StandardCharsets.UTF_8));
            for (long at = size; bytes.hasRemaining(); ) {
                at += channel.write(bytes, at);
            }
            channel.force(true);
        }
    }

    private void createPrivate() throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        try {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } catch (FileAlreadyExistsException e) {
            return; // another run made it just now
        }
    }

    private static void addIfOf(String name, String line, List<HostKey> keys) {
        if (line.isEmpty() || line.startsWith("#")) {
            return;
        }
        String[] fields = BLANKS.split(line, 5);
        boolean marked = fields[0].startsWith("@");
        int first = marked ? 1 : 0;
        if (fields.length < first + 3 || marked && !fields[0].equals("@revoked")) {
            return; // not a key of a host, as OpenSSH passes over it too
        }
        if (!matches(name, fields[first])) {
            return;
        }
        keys.add(hostKey(fields[first + 1], fields[first + 2], marked));
    }

    private static HostKey hostKey(String type, String base64, boolean revoked) {
        try {
            // Once there and back, since the same bytes may be written with and without padding.
            byte[] blob = Base64.getDecoder().decode(base64);
            return new HostKey(type, Base64.getEncoder().encodeToString(blob), revoked);
        } catch (IllegalArgumentException e) {
            return new HostKey(type, "", true); // the host is named, but no key will match
        }
    }

    private static boolean matches(String name, String names) {
        if (names.startsWith(HASHED)) {
            return matchesHash(name, names);
        }
        boolean matches = false;
        for (String pattern : names.split(",", -1)) {
            boolean negated = pattern.startsWith("!");
            String text = (negated ? pattern.substring(1) : pattern).toLowerCase(Locale.ROOT);
            if (!text.isEmpty() && glob(text).matcher(name).matches()) {
                if (negated) {
                    return false;
                }
                matches = true;
            }
        }
        return matches;
    }

    /** {@code |1|salt|hash}: HMAC-SHA1 of the name, with the salt as its key. */
    private static boolean matchesHash(String name, String hashed) {
        String[] parts = hashed.substring(HASHED.length()).split("\\|", -1);
        if (parts.length != 2) {
            return false;
        }
        try {
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(Base64.getDecoder().decode(parts[0]), "HmacSHA1"));
            byte[] hash = mac.doFinal(name.getBytes(StandardCharsets.UTF_8));
            return MessageDigest.isEqual(hash, Base64.getDecoder().decode(parts[1]));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return false; // a damaged line names no host
        }
    }

    private static Pattern glob(String pattern) {
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            regex.append(c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(String.valueOf(c)));
        }
        return Pattern.compile(regex.toString());
    }

    private static String name(String host, int port) {
        String lower = host.toLowerCase(Locale.ROOT);
        return port == SSH_PORT ? lower : '[' + lower + "]:" + port;
    }

    /**
     * A key in the file.
     *
     * @param type such as {@code ssh-ed25519}
     * @param base64 the key as SSH sends it, in Base64 with padding
     * @param revoked whether it is there to be refused
     */
    record HostKey(String type, String base64, boolean revoked) {}
}
