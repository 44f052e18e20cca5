package com.busdk.broker.access;

import com.busdk.client.auth.Scopes;
import com.busdk.client.config.ConfigException;
import com.busdk.client.event.EventName;
import com.busdk.client.identity.Audiences;
import com.busdk.client.identity.BoundedFile;
import com.busdk.client.identity.Identity;
import com.busdk.client.text.Echo;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * The access table: which scope an event name needs, first match wins, and what no rule is about is refused. It never
 * changes; the rule found for a name is remembered, so that asking again costs a look-up and a set's {@code contains}.
 *
 * <p>Threads: any number at once; {@link #load} and {@link #standard} read files, so they are for start-up.
 *
 * <p>The table is a JSON file, {@code {"rules":[…]}}, each rule with
 *
 * <ul>
 *   <li>{@code name}: an event name, {@code words.*} for all names below these words (not the words themselves), or
 *       {@code *} for all;
 *   <li>{@code scope}: what publishing and listening need: a scope, {@code any-token} or {@code nobody}; or, instead of
 *       it, {@code send} and {@code listen} one by one;
 *   <li>{@code audience}: optional, {@code internal} or {@code api} for the audiences as configured, or one of these
 *       themselves;
 *   <li>{@code serviceOnly}: optional, {@code true} if users are refused, {@code "send"} if they may listen and not
 *       publish: for requests and responses that users must not forge;
 *   <li>{@code comment}: optional, for people.
 * </ul>
 */
public final class EventAccess {

    /** Most names whose rule is remembered; at that number it starts anew, since strangers choose names. */
    public static final int MAX_REMEMBERED_NAMES = 10_000;

    private static final String OPTION = "--event-access";
    private static final String STANDARD = "event-access.json";

    private final List<AccessRule> rules;
    private final ConcurrentMap<String, AccessRule> ruleByName = new ConcurrentHashMap<>();

    private EventAccess(List<AccessRule> rules) {
        this.rules = List.copyOf(rules);
    }

    /** The table that comes with the service, {@code conf/event-access.json}. */
    public static EventAccess standard(Audiences audiences) {
        try (InputStream in = EventAccess.class.getResourceAsStream(STANDARD)) {
            if (in == null) {
                throw new IllegalStateException("The access table is missing from the program: build it again.");
            }
            return parse(STANDARD, in.readAllBytes(), audiences);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads a table.
     *
     * @param file at most {@link EventAccessReader#MAX_BYTES} bytes
     * @param audiences the audiences that a rule may name
     * @throws ConfigException if it cannot be read or has anything wrong; the message names file and entry
     */
    public static EventAccess load(Path file, Audiences audiences) {
        byte[] json;
        try {
            json = BoundedFile.read(file, EventAccessReader.MAX_BYTES);
        } catch (IOException e) {
            throw new ConfigException(OPTION, file + ": " + e.getMessage());
        }
        return parse(file.toString(), json, audiences);
    }

    static EventAccess parse(String place, byte[] json, Audiences audiences) {
        try {
            return new EventAccess(new EventAccessReader(audiences).read(json));
        } catch (IllegalArgumentException e) {
            throw new ConfigException(OPTION, place + ": " + e.getMessage());
        }
    }

    /**
     * Whether somebody may publish an event.
     *
     * @param name its name; what is no event name is refused
     */
    public Decision mayPublish(Identity identity, String name) {
        AccessRule rule = rule(name);
        return rule == null ? unknown(name) : rule.mayPublish(identity, name);
    }

    /**
     * Whether somebody may listen to events.
     *
     * @param name their name; what is no event name, as a wildcard, is refused
     */
    public Decision mayListen(Identity identity, String name) {
        AccessRule rule = rule(name);
        return rule == null ? unknown(name) : rule.mayListen(identity, name);
    }

    /** Whether somebody may use the admin verbs: redrive, purge, groups of others, wildcards. */
    public Decision requireAdmin(Identity identity) {
        return identity.admin()
                ? Decision.Allowed.INSTANCE
                : new Decision.Refused(
                        Scopes.EVENTS_ADMIN,
                        "This needs the scope " + Scopes.EVENTS_ADMIN + ". Get it with: bus auth token --scope \""
                                + Scopes.EVENTS_ADMIN + "\"");
    }

    /** How many names are remembered at the moment, for tests and metrics. */
    int rememberedNames() {
        return ruleByName.size();
    }

    private @Nullable AccessRule rule(String name) {
        AccessRule known = ruleByName.get(name);
        return known != null ? known : find(name);
    }

    private @Nullable AccessRule find(String name) {
        // Checked although publishing checks names too: upper case or an empty word would get past the bus.* rules.
        if (!EventName.isValid(name)) {
            return null;
        }
        for (AccessRule rule : rules) {
            if (rule.pattern().matches(name)) {
                remember(name, rule);
                return rule;
            }
        }
        return null;
    }

    private void remember(String name, AccessRule rule) {
        if (ruleByName.size() >= MAX_REMEMBERED_NAMES) {
            ruleByName.clear();
        }
        ruleByName.put(name, rule);
    }

    private static Decision unknown(String name) {
        return new Decision.Refused(
                null, "The access table has no rule for the name " + Echo.quote(name) + ": use one that it opens.");
    }
}
