package com.busdk.cli.auth;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.events.EventsFailures;
import com.busdk.cli.files.PrivateFiles;
import com.busdk.client.auth.TokenException;
import com.busdk.client.auth.TokenSource;
import com.busdk.client.config.BusDirs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where the tokens of a user are: {@code auth/token}, the session with the auth service, and {@code auth/api-token}, which
 * other commands use; both for their owner alone. Stateless.
 */
final class AuthFiles {
    private AuthFiles() {}

    /** The file of the session's token. */
    static Path session(Invocation invocation) {
        return dirs(invocation).authTokenFile();
    }

    /** The file of the API token. */
    static Path api(Invocation invocation) {
        return dirs(invocation).apiTokenFile();
    }

    /**
     * The session's token: of {@code --token-file}, else of {@code auth/token}.
     *
     * @throws CliException no permission, when there is none
     */
    static String sessionToken(Invocation invocation) {
        String given = invocation.common().tokenFile();
        Path file = given == null ? session(invocation) : invocation.resolve(given);
        if (given == null && Files.notExists(file)) {
            throw new CliException(
                    ExitCode.NO_PERMISSION,
                    "not logged in: ask for a one-time password with `bus auth login --email ADDRESS`, then run"
                            + " `bus auth verify --email ADDRESS`");
        }
        try {
            return TokenSource.file(file, invocation::note).token();
        } catch (TokenException e) {
            throw EventsFailures.explain(e);
        }
    }

    /** Keeps a token, in place of the one before. */
    static void save(Path file, String token) throws IOException {
        PrivateFiles.write(file, token + "\n");
    }

    private static BusDirs dirs(Invocation invocation) {
        return BusDirs.of(invocation.environment().variables());
    }
}
