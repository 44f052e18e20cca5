package com.busdk.cli.operator;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.events.EventsFailures;
import com.busdk.client.auth.TokenException;
import com.busdk.client.auth.TokenSource;
import com.busdk.client.config.BusDirs;
import java.nio.file.Files;
import java.nio.file.Path;

/** The token with which an operator decides about accounts. Stateless. */
final class OperatorToken {
    /** Variable with the token. */
    static final String VARIABLE = "BUS_OPERATOR_TOKEN";

    private OperatorToken() {}

    /**
     * That of {@code --token-file}, else {@code BUS_OPERATOR_TOKEN}, else {@code auth/operator-token} under the config
     * root, where {@code bus up} puts one.
     *
     * @throws CliException no permission, when there is none
     */
    static String of(Invocation invocation) {
        try {
            String given = invocation.common().tokenFile();
            if (given != null) {
                return TokenSource.file(invocation.resolve(given), invocation::note)
                        .token();
            }
            String variable = invocation.environment().variable(VARIABLE);
            if (variable != null) {
                return TokenSource.fixed(variable).token();
            }
            Path file = BusDirs.of(invocation.environment().variables()).operatorTokenFile();
            if (Files.notExists(file)) {
                throw new CliException(
                        ExitCode.NO_PERMISSION,
                        "no operator's token: give --token-file, set " + VARIABLE + ", or have one in " + file
                                + ", where `bus up` puts one; elsewhere get one with `bus operator token issue"
                                + " --audience ai.hg.fi/auth --scope \"waitlist:read waitlist:approve\"`");
            }
            return TokenSource.file(file, invocation::note).token();
        } catch (TokenException e) {
            throw EventsFailures.explain(e);
        }
    }
}
