package com.busdk.gateway.http;

import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.config.ConfigException;
import com.busdk.client.http.server.Address;
import com.busdk.client.identity.Audiences;
import com.busdk.client.identity.TokenSettings;
import com.busdk.client.identity.TokenVerifier;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a provider verifies the tokens of its callers. The secret does not print.
 *
 * @param variables where the secret was looked for, the first that is set counts
 * @param secret for HS256 tokens, if there is one
 * @param jwks a file or URL with public keys, or null
 */
public record Tokens(
        List<String> variables,
        Optional<Hs256Secret> secret,
        @Nullable String jwks) {
    private static final Logger LOG = LoggerFactory.getLogger(Tokens.class);

    /** Refuses to have nothing to verify tokens with. */
    public Tokens {
        variables = List.copyOf(variables);
        if (secret.isEmpty() && jwks == null) {
            throw new ConfigException(
                    variables.getFirst(),
                    "there is nothing to verify tokens with: set it, or "
                            + String.join(" or ", variables.subList(1, variables.size()))
                            + ", to the secret that users' tokens are signed with, or give --jwks");
        }
    }

    /**
     * Looks for them.
     *
     * @param environment the environment
     * @param variables of the secret, in this order
     * @param jwks a file or URL with public keys, or null
     * @return what tokens are verified with
     * @throws ConfigException if there is nothing, or it cannot be used
     */
    public static Tokens read(Map<String, String> environment, List<String> variables, @Nullable String jwks) {
        return new Tokens(variables, Hs256Secret.fromEnvironment(environment, variables), jwks);
    }

    /**
     * Makes the verifier.
     *
     * @param vertx runs it
     * @param address where the service listens
     * @return the verifier; fails with {@link ConfigException} if a secret can be guessed and others reach the service
     */
    public Future<TokenVerifier> verifier(Vertx vertx, Address address) {
        return vertx.executeBlocking(() -> {
                    boolean weak = secret.map(Hs256Secret::isShort).orElse(false);
                    if (weak && !address.isLoopback()) {
                        throw new ConfigException(
                                variables.getFirst(),
                                "the secret has fewer than " + Hs256Secret.RECOMMENDED_BYTES
                                        + " bytes, and others than this machine reach " + address
                                        + ": set a longer one, made for example with openssl rand -base64 48");
                    }
                    if (weak) {
                        LOG.warn(
                                "{} or what stands for it has fewer than {} bytes: fit for trying things on this"
                                        + " machine only",
                                variables.getFirst(),
                                Hs256Secret.RECOMMENDED_BYTES);
                    }
                    return new TokenSettings(secret.stream().toList(), jwks, Audiences.DEFAULT);
                })
                .compose(settings -> TokenVerifier.create(vertx, settings, InstantSource.system()));
    }
}
