package com.busdk.cli.serve;

import com.busdk.cli.files.PrivateFiles;
import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter;
import com.busdk.client.config.BusDirs;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/**
 * A token with which this user's commands reach the local stack. It is always kept in the data directory, and put where
 * commands look for one unless a token of other origin is there.
 *
 * @param file where the token is that commands use, or would have to be told to use
 * @param inPlace whether commands find it without being told
 * @param expires when it ends; each start of the stack renews it
 */
record LocalToken(Path file, boolean inPlace, Instant expires) {
    /** Long beside the time between two starts of a stack that somebody tries things on. */
    static final Duration TTL = Duration.ofDays(30);

    /** Name of the API token's copy below the data directory. */
    static final String COPY = "api-token";

    /** Name of the operator's token's copy below the data directory. */
    static final String OPERATOR_COPY = "operator-token";

    private static final String SUBJECT = "local";
    private static final String OPERATOR = "local-operator";

    /** Everything that the parts of the stack know, since its only user is its operator. */
    private static final String SCOPES = "events:send events:listen events:admin vm:read vm:write"
            + " container:read container:run container:delete container:admin ssh:run"
            + " usage:read usage:write usage:delete billing:read billing:setup billing:entitlement:check"
            + " billing:subscription:write billing:usage:export llm:proxy";

    /** What an operator does at the auth service: see who waits, and decide. */
    private static final String OPERATOR_SCOPES = "waitlist:read waitlist:approve";

    /** Makes an API token and puts it where it belongs: {@code auth/api-token} under the config root. */
    static LocalToken renew(Hs256Secret secret, Path dataDirectory, BusDirs dirs, Clock clock) throws IOException {
        var grant = TokenMinter.Grant.service(SUBJECT, Scopes.parse(SCOPES)).withTtl(TTL);
        return put(new TokenMinter(secret, clock).mint(grant), dataDirectory.resolve(COPY), dirs.apiTokenFile(), clock);
    }

    /** Makes an operator's token for the auth service: {@code auth/operator-token} under the config root. */
    static LocalToken renewOperator(Hs256Secret secret, Path dataDirectory, BusDirs dirs, Clock clock)
            throws IOException {
        var grant = TokenMinter.Grant.service(OPERATOR, Scopes.parse(OPERATOR_SCOPES))
                .withAudience(Scopes.AUDIENCE_AUTH)
                .withTtl(TTL);
        return put(
                new TokenMinter(secret, clock).mint(grant),
                dataDirectory.resolve(OPERATOR_COPY),
                dirs.operatorTokenFile(),
                clock);
    }

    private static LocalToken put(String token, Path copy, Path place, Clock clock) throws IOException {
        Instant expires = clock.instant().plus(TTL);
        PrivateFiles.write(copy, token + "\n");
        boolean inPlace = OwnTokenFile.put(place, token);
        return new LocalToken(inPlace ? place : copy, inPlace, expires);
    }
}
