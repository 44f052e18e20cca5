package com.busdk.workers.ssh;

import com.busdk.client.config.ConfigException;
import com.busdk.client.identity.BoundedFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.Iterator;
import java.util.Set;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.config.keys.FilePasswordProvider;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the key that the runner logs in with: what {@code ssh-keygen} writes for ed25519, ECDSA and RSA, with or without
 * a passphrase. Blocks on the file; for start-up.
 */
final class PrivateKey {
    private static final Logger LOG = LoggerFactory.getLogger(PrivateKey.class);

    /** An RSA key of 16,384 bits, as text, has less than 13 KB. */
    private static final int MAX_FILE_BYTES = 64 * 1024;

    private static final String OPTION = "--ssh-private-key (" + SshRunnerOptions.PREFIX + "PRIVATE_KEY)";

    private PrivateKey() {}

    /**
     * The key pair.
     *
     * @throws ConfigException if there is none; the message has nothing of the key in it
     */
    static KeyPair read(SshRunnerOptions options) {
        Path file = options.privateKey();
        byte[] content;
        try {
            content = BoundedFile.read(file, MAX_FILE_BYTES);
        } catch (IOException e) {
            throw new ConfigException(OPTION, "cannot read " + file + ": " + e.getMessage());
        }
        warnIfOthersMayRead(file);
        FilePasswordProvider passphrase = options.passphrase()
                .map(given -> FilePasswordProvider.of(given.value()))
                .orElse(FilePasswordProvider.EMPTY);
        KeyPair key;
        try {
            Iterable<KeyPair> keys = SecurityUtils.loadKeyPairIdentities(
                    null, NamedResource.ofName(file.toString()), new ByteArrayInputStream(content), passphrase);
            Iterator<KeyPair> found = keys == null ? null : keys.iterator();
            key = found == null || !found.hasNext() ? null : found.next();
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            // The library's own words may repeat parts of the file.
            throw new ConfigException(
                    OPTION,
                    "cannot read the key in " + file + ": it has to be an OpenSSH private key (ed25519, ECDSA or RSA)"
                            + (options.passphrase().isPresent()
                                    ? ", and " + SshRunnerOptions.PASSPHRASE_VARIABLE + " its passphrase"
                                    : "; if it has a passphrase, set " + SshRunnerOptions.PASSPHRASE_VARIABLE));
        }
        if (key == null) {
            throw new ConfigException(OPTION, "there is no private key in " + file);
        }
        return key;
    }

    private static void warnIfOthersMayRead(Path file) {
        try {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
            if (permissions.contains(PosixFilePermission.GROUP_READ)
                    || permissions.contains(PosixFilePermission.OTHERS_READ)) {
                LOG.warn("others may read the private key {}: chmod 600 it", file);
            }
        } catch (UnsupportedOperationException | IOException e) {
            LOG.debug("the permissions of {} cannot be read", file); // not every file system has them
        }
    }
}
