package com.busdk.client.identity;

import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.config.ConfigException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How tokens are verified. What is not configured is not accepted: without a secret no HS256, without a key set none of
 * the others. Immutable.
 *
 * @param secrets shared secrets for HS256, any of which may have signed; usually one, two while it is changed
 * @param jwks file or http(s) URL of a key set for RS256, ES256 and EdDSA, or null
 * @param audiences the audiences to accept
 */
public record TokenSettings(
        List<Hs256Secret> secrets, @Nullable String jwks, Audiences audiences) {

    /** @throws ConfigException if there is neither a secret nor a key set: no token could ever hold */
    public TokenSettings {
        secrets = List.copyOf(secrets);
        if (secrets.isEmpty() && jwks == null) {
            throw new ConfigException(
                    Hs256Secret.EVENTS_VARIABLES.getFirst(),
                    "there is nothing to verify tokens with: set it to a secret of at least "
                            + Hs256Secret.RECOMMENDED_BYTES + " bytes, or name a key set with " + JwksSource.OPTION);
        }
        if (jwks != null && jwks.isBlank()) {
            throw new ConfigException(JwksSource.OPTION, "is empty; name a file or a URL");
        }
    }
}
