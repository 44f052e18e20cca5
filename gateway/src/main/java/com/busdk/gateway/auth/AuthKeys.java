package com.busdk.gateway.auth;

import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.SigningKey;
import com.busdk.client.auth.TokenMinter;
import com.busdk.client.auth.VerificationKey;
import com.busdk.client.config.ConfigException;
import com.busdk.client.identity.Audiences;
import com.busdk.client.identity.BoundedFile;
import com.busdk.client.identity.StrictJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The keys of the auth service. Where there is a private key it signs, and its public half is published together with
 * those that signed before it, which {@link KeptKeys} remembers; else the shared secret signs. What was signed with either
 * holds until it expires. Nothing of it prints. Immutable.
 */
final class AuthKeys {
    /** Where the shared secret is looked for, in this order. */
    static final List<String> SECRET_VARIABLES = List.of("BUS_AUTH_HS256_SECRET", "BUS_API_JWT_SECRET");

    private static final int MAX_PEM_BYTES = 64 << 10;

    /** Keys of a set; more than a few are a folder that holds something else. */
    private static final int MAX_KEYS = 64;

    private final @Nullable Hs256Secret secret;
    private final @Nullable SigningKey signing;
    private final List<VerificationKey> configured;

    AuthKeys(@Nullable Hs256Secret secret, @Nullable SigningKey signing, List<VerificationKey> others) {
        this.secret = secret;
        this.signing = signing;
        List<VerificationKey> all = new ArrayList<>();
        if (signing != null) {
            all.add(signing.verificationKey());
        }
        all.addAll(others);
        this.configured = List.copyOf(all);
    }

    /**
     * Reads them; blocks on small files.
     *
     * @param signingKey a PEM file, if a private key is to sign
     * @param verificationKeys PEM files of keys that signed before or will, or folders of such files ({@code *.pem})
     * @param mayBeShort whether a secret of fewer than {@link Hs256Secret#RECOMMENDED_BYTES} bytes is warned of only
     * @throws ConfigException if there is nothing to sign with, or anything is wrong with a key
     */
    static AuthKeys read(
            Map<String, String> environment,
            Optional<String> signingKey,
            List<String> verificationKeys,
            boolean mayBeShort) {
        Hs256Secret secret =
                Hs256Secret.fromEnvironment(environment, SECRET_VARIABLES).orElse(null);
        if (secret != null && secret.isShort() && !mayBeShort) {
            throw new ConfigException(
                    secret.variable().orElse(SECRET_VARIABLES.getFirst()),
                    "the secret has fewer than " + Hs256Secret.RECOMMENDED_BYTES
                            + " bytes, so that whoever has a token could guess it and make any other: set a longer"
                            + " one, made for example with openssl rand -base64 48, here and for all services that"
                            + " check tokens");
        }
        if (secret == null && signingKey.isEmpty()) {
            throw new ConfigException(
                    SECRET_VARIABLES.getFirst(),
                    "there is nothing to sign tokens with: set it to a secret of at least "
                            + Hs256Secret.RECOMMENDED_BYTES + " bytes, or give --signing-key FILE");
        }
        String pem =
                signingKey.map(file -> text("--signing-key", Path.of(file))).orElse(null);
        SigningKey signing =
                pem == null ? null : parsed("--signing-key", signingKey.orElse(""), pem, SigningKey::parse);
        List<VerificationKey> others = new ArrayList<>();
        for (Path file : files(verificationKeys)) {
            String option = "--verification-key";
            others.add(parsed(option, file.toString(), text(option, file), VerificationKey::parse));
        }
        return new AuthKeys(secret, signing, others);
    }

    TokenMinter minter(Clock clock) {
        if (signing != null) {
            return new TokenMinter(signing, clock);
        }
        if (secret == null) {
            throw new IllegalStateException("there is nothing to sign with");
        }
        return new TokenMinter(secret, clock);
    }

    /** The shared secret, if there is one. */
    List<Hs256Secret> secrets() {
        return secret == null ? List.of() : List.of(secret);
    }

    /** The public half of the key that signs, unless a shared secret does. */
    Optional<VerificationKey> signing() {
        return Optional.ofNullable(signing).map(SigningKey::verificationKey);
    }

    /** The public halves of the keys that the operator has named. */
    List<VerificationKey> configured() {
        return configured;
    }

    /** The key for one-time passwords, where there is a shared secret to have it from. */
    Optional<byte[]> otpKey() {
        return Optional.ofNullable(secret).map(one -> derived(one.bytes()));
    }

    private static List<Path> files(List<String> places) {
        List<Path> files = new ArrayList<>();
        for (String place : places) {
            Path path = Path.of(place);
            if (Files.isDirectory(path)) {
                try (Stream<Path> inside = Files.list(path)) {
                    files.addAll(inside.filter(file -> file.toString().endsWith(".pem"))
                            .sorted()
                            .limit(MAX_KEYS + 1L)
                            .toList());
                } catch (IOException e) {
                    throw new ConfigException("--verification-key", place + " cannot be read");
                }
            } else {
                files.add(path);
            }
        }
        if (files.size() > MAX_KEYS) {
            throw new ConfigException(
                    "--verification-key", "there are more than " + MAX_KEYS + " keys: take out those that are over");
        }
        return files;
    }

    private static String text(String option, Path file) {
        try {
            return StrictJson.text(BoundedFile.read(file, MAX_PEM_BYTES));
        } catch (IOException e) {
            throw new ConfigException(option, file + ": " + e.getMessage());
        }
    }

    private static <T> T parsed(String option, String file, String pem, Function<String, T> parser) {
        try {
            return parser.apply(pem);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(option, file + ": " + e.getMessage());
        }
    }

    private static byte[] derived(byte[] material) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(material, "HmacSHA256"));
            return mac.doFinal("bus one-time passwords".getBytes(StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has HmacSHA256", e);
        }
    }

    /** Audiences of sessions: theirs, and one that no token is ever made for, in the place of that of services. */
    static Audiences sessions() {
        return new Audiences(Scopes.AUDIENCE_AUTH, Scopes.AUDIENCE_AUTH + "#nobody");
    }

    @Override
    public String toString() {
        return "AuthKeys" + configured;
    }
}
