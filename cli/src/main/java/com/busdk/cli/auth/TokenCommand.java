package com.busdk.cli.auth;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.Argument;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Command;
import com.busdk.cli.command.Format;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.term.Table;
import com.busdk.client.auth.Scopes;
import com.busdk.client.config.GoDuration;
import com.busdk.client.text.Echo;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** {@code bus auth token}: an API token of one's own, for other commands to use. */
public final class TokenCommand extends Command {
    private final Argument<Scopes> scope = option(
            Scopes::parse,
            "SCOPES",
            "what it is to allow, words in one argument; the deployment says which there are",
            "--scope",
            "--resources");
    private final Argument<Duration> ttl =
            option(GoDuration::parse, "DURATION", "how long it is to be valid; default: as the service says", "--ttl");

    @Override
    public String description() {
        return "Gets an API token with some of the scopes that the deployment allows, prints it, and saves it to"
                + " auth/api-token under the config root, in place of the one that is there; other commands find it"
                + " there. With --quiet it is only saved. Needs the session of an approved account.";
    }

    @Override
    public List<String> examples() {
        return List.of(
                "bus auth token --scope \"vm:read vm:write\"",
                "bus auth token --quiet --scope \"container:run container:read billing:read\"");
    }

    @Override
    public Set<Format> formats() {
        return Collections.unmodifiableSet(EnumSet.allOf(Format.class));
    }

    @Override
    public void check() {
        if (scope.or(Scopes.NONE).words().isEmpty()) {
            throw CliException.usage("missing --scope SCOPES, such as --scope \"vm:read container:run\"");
        }
        if (!ttl.or(Duration.ofSeconds(1)).truncatedTo(ChronoUnit.SECONDS).isPositive()) {
            throw CliException.usage("--ttl is at least 1s");
        }
    }

    @Override
    public boolean resultIsSecret() {
        return true;
    }

    @Override
    public int run(Invocation invocation) throws IOException, InterruptedException {
        ObjectNode body = AuthApi.object().put("scope", scope.required().toString());
        if (ttl.given()) {
            body.put("ttl_seconds", ttl.required().toSeconds());
        }
        JsonNode answer = AuthApi.of(invocation).post("/token", AuthFiles.sessionToken(invocation), body);
        String token = answer.path("access_token").asText("");
        if (token.isEmpty()) {
            throw CliException.failed("the answer has no token in it: check --api-url or BUS_AUTH_API_URL");
        }
        Path file = AuthFiles.api(invocation);
        AuthFiles.save(file, token);
        if (!invocation.common().quiet()) {
            print(invocation, answer, token);
            invocation.note(
                    "saved to " + file + ", for " + Echo.of(answer.path("scope").asText("")) + ", until "
                            + Echo.of(answer.path("expires_at").asText("")));
        }
        return ExitCode.OK;
    }

    private static void print(Invocation invocation, JsonNode answer, String token) {
        var out = invocation.out();
        switch (invocation.common().format()) {
            case TEXT, TOKEN -> out.line(token);
            case JSON -> out.line(answer.toString());
            case TSV -> {
                out.line("access_token\taudience\tscope\texpires_at");
                out.line(String.join(
                        "\t",
                        Table.escape(token),
                        Table.escape(answer.path("audience").asText("")),
                        Table.escape(answer.path("scope").asText("")),
                        Table.escape(answer.path("expires_at").asText(""))));
            }
        }
    }
}
