package com.busdk.cli.events;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Common;
import com.busdk.cli.command.Invocation;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenClaims;
import com.busdk.client.auth.TokenException;
import com.busdk.client.auth.TokenSource;
import com.busdk.client.config.BusDirs;
import java.util.Map;

/**
 * Refuses the token of a user where the history of all is moved: the service would take it, show it the user's own events
 * alone, and make everything that it publishes the user's own. Stateless.
 */
final class HistoryRights {
    private HistoryRights() {}

    /**
     * Looks into the token, without verifying it: only the service can.
     *
     * @param why what a user's token would do, for the message
     * @param scopes what the token has to allow, for the message
     * @throws CliException not allowed, when it is a user's, or there is none
     */
    static void requireService(Invocation invocation, String why, String scopes) {
        TokenClaims claims;
        try {
            claims = TokenClaims.peek(source(invocation).token()).orElse(null);
        } catch (TokenException e) {
            throw EventsFailures.explain(e);
        }
        if (claims != null && !claims.service() && !claims.audience().contains(Scopes.AUDIENCE_INTERNAL)) {
            throw new CliException(
                    ExitCode.NO_PERMISSION,
                    "this is the token of a user: " + why
                            + ". Take a service token: bus operator token issue --scope \"" + scopes + "\"");
        }
    }

    /** The token of the command. Who uses it warns about its file. */
    private static TokenSource source(Invocation invocation) {
        Map<String, String> variables = invocation.environment().variables();
        Common common = invocation.common();
        return TokenSource.resolve(
                common.tokenFile() == null ? null : invocation.resolve(common.tokenFile()),
                variables,
                EventsSession.TOKEN_VARIABLES,
                BusDirs.of(variables),
                _ -> {});
    }
}
