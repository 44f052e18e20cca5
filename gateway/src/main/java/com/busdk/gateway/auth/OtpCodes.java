package com.busdk.gateway.auth;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * One-time passwords: six digits, and the form in which they are stored.
 *
 * <p>A million possibilities are tried in a second, whatever hash they are stored in, so a slow hash would not help
 * somebody's code against a thief of the database. A keyed one does: the key is the service's and is not in the database, where there is a shared
 * secret to have it from (else it is, for as long as nobody sets one, and the ten minutes of a code have to do).
 * The address is part of what is hashed, so that a code is of no use for another account.
 *
 * <p>Any thread.
 */
final class OtpCodes {
    static final int DIGITS = 6;

    private static final int CODES = 1_000_000;
    private static final String HMAC = "HmacSHA256";

    private final SecureRandom random = new SecureRandom();
    private final SecretKeySpec key;

    OtpCodes(byte[] key) {
        this.key = new SecretKeySpec(key, HMAC);
    }

    /** A code that nobody can foresee; leading zeros are part of it. */
    String draw() {
        String number = Integer.toString(random.nextInt(CODES));
        return "0".repeat(DIGITS - number.length()) + number;
    }

    String hash(EmailAddress address, String code) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(key);
            mac.update(address.text().getBytes(StandardCharsets.UTF_8));
            mac.update((byte) 0);
            return HexFormat.of().formatHex(mac.doFinal(code.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + HMAC, e);
        }
    }

    /** Compares in a time that does not depend on where they differ. */
    static boolean same(String hash, String other) {
        return MessageDigest.isEqual(
                hash.getBytes(StandardCharsets.US_ASCII), other.getBytes(StandardCharsets.US_ASCII));
    }
}
