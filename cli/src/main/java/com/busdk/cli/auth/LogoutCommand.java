package com.busdk.cli.auth;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Command;
import com.busdk.cli.command.Format;
import com.busdk.cli.command.Invocation;
import com.busdk.client.auth.TokenClaims;
import com.busdk.client.auth.TokenException;
import com.busdk.client.auth.TokenSource;
import com.busdk.client.http.ApiException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** {@code bus auth logout}: ends the session, and leaves no token of it behind. */
public final class LogoutCommand extends Command {
    private static final int UNAUTHORIZED = 401;

    @Override
    public String description() {
        return "Ends the session at the auth service, and deletes its token. The API token under the config root is"
                + " deleted too if it belongs to the same account; what was copied of it stays valid until it expires.";
    }

    @Override
    public List<String> examples() {
        return List.of("bus auth logout");
    }

    @Override
    public int run(Invocation invocation) throws IOException, InterruptedException {
        String token = AuthFiles.sessionToken(invocation);
        boolean ended = false;
        try {
            AuthApi.of(invocation).post("/logout", token, AuthApi.object());
        } catch (CliException e) {
            // A session that has ended already is what was wanted; with anything else it goes on, and so does its file:
            // also where somebody on the way refuses (403).
            if (!(e.getCause() instanceof ApiException refused) || refused.status() != UNAUTHORIZED) {
                throw e;
            }
            ended = true;
        }
        forget(invocation, token);
        invocation
                .out()
                .line(
                        invocation.common().format() == Format.JSON
                                ? "{\"logged_out\":true}"
                                : ended ? "logged out; the session had ended already" : "logged out");
        return ExitCode.OK;
    }

    private static void forget(Invocation invocation, String token) throws IOException {
        if (invocation.common().tokenFile() == null) {
            Files.deleteIfExists(AuthFiles.session(invocation));
        }
        Path api = AuthFiles.api(invocation);
        Optional<String> subject = TokenClaims.peek(token).map(TokenClaims::subject);
        Optional<String> owner = peek(api).filter(claims -> !claims.service()).map(TokenClaims::subject);
        if (subject.isPresent() && subject.equals(owner)) {
            Files.deleteIfExists(api);
            invocation.note("deleted " + api + " too, a token of the same account");
        }
    }

    /** What is in a token's file; empty where there is none, or no token in it. */
    private static Optional<TokenClaims> peek(Path file) {
        try {
            return TokenClaims.peek(TokenSource.file(file, _ -> {}).token());
        } catch (TokenException _) {
            return Optional.empty();
        }
    }
}
