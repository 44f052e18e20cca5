package com.busdk.broker.access;

import com.busdk.client.auth.Scopes;
import com.busdk.client.identity.Identity;
import com.busdk.client.text.Echo;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who may publish and listen to the names of a pattern. Immutable.
 *
 * @param pattern the names it is about
 * @param send what a token needs to publish them
 * @param listen what a token needs to listen to them
 * @param audience the audience that a token must be for, or null for any that the service takes
 * @param serviceOnly for what the token must be a service's
 */
record AccessRule(
        EventPattern pattern,
        Need send,
        Need listen,
        @Nullable String audience,
        ServiceOnly serviceOnly) {

    /** What users are refused, whatever scopes they have. */
    enum ServiceOnly {
        /** Nothing. */
        NEITHER,
        /** To publish: they may still listen to what services say to them. */
        SENDING,
        /** To publish and to listen. */
        BOTH
    }

    /** What a token needs for one direction. */
    sealed interface Need {

        /** A scope. */
        record Scope(String name) implements Need {}

        /** To be valid, no more. */
        record AnyToken() implements Need {}

        /** No token will do. */
        record Nobody() implements Need {}

        /**
         * Reads a need: {@code any-token}, {@code nobody}, or a scope.
         *
         * @throws IllegalArgumentException if it is none of these
         */
        static Need parse(String text) {
            return switch (text) {
                case "any-token" -> new AnyToken();
                case "nobody" -> new Nobody();
                default -> {
                    Scopes checked = new Scopes(Set.of(text));
                    yield new Scope(checked.toString());
                }
            };
        }
    }

    Decision mayPublish(Identity identity, String name) {
        return decide(send, "Publishing", serviceOnly != ServiceOnly.NEITHER, identity, name);
    }

    Decision mayListen(Identity identity, String name) {
        return decide(listen, "Listening to", serviceOnly == ServiceOnly.BOTH, identity, name);
    }

    private Decision decide(Need need, String doing, boolean byService, Identity identity, String name) {
        String lacking = lacking(byService, identity);
        return switch (need) {
            case Need.AnyToken any -> holder(lacking, doing, name);
            case Need.Scope scope ->
                identity.hasScope(scope.name)
                        ? holder(lacking, doing, name)
                        : new Decision.Refused(scope.name, scopeMessage(scope.name, lacking, doing, name));
            case Need.Nobody nobody ->
                new Decision.Refused(
                        null,
                        doing + " " + Echo.quote(name) + " is open to nobody: use a name that the access table opens.");
        };
    }

    /** Who holds the token, now that its scopes are enough. */
    private static Decision holder(@Nullable String lacking, String doing, String name) {
        return lacking == null
                ? Decision.Allowed.INSTANCE
                : new Decision.Refused(
                        null,
                        doing + " " + Echo.quote(name) + " needs " + lacking
                                + ": an operator gets one with: bus operator token issue");
    }

    private static String scopeMessage(String scope, @Nullable String lacking, String doing, String name) {
        return doing + " " + Echo.quote(name) + " needs the scope " + scope
                + (lacking == null ? "" : " and " + lacking)
                + ". Get it with: bus auth token --scope \"" + scope + "\"";
    }

    private @Nullable String lacking(boolean byService, Identity identity) {
        if (audience != null && !audience.equals(identity.audience())) {
            return (byService ? "a service token" : "a token") + " for the audience " + audience;
        }
        return byService && !identity.service() ? "a service token" : null;
    }
}
