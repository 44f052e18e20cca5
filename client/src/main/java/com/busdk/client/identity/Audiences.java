package com.busdk.client.identity;

import com.busdk.client.auth.Scopes;
import com.busdk.client.config.ConfigException;

/**
 * The two audiences whose tokens the service takes. Immutable.
 *
 * @param api the audience of users and of services on the public side
 * @param internal the audience of services only: whoever holds such a token is a service
 */
public record Audiences(String api, String internal) {

    private static final String OPTION = "--audience";

    /** The names of the contract. */
    public static final Audiences DEFAULT = new Audiences(Scopes.AUDIENCE_API, Scopes.AUDIENCE_INTERNAL);

    /** @throws ConfigException if one is blank, or both are the same (every user would then be a service) */
    public Audiences {
        if (api.isBlank() || internal.isBlank()) {
            throw new ConfigException(OPTION, "an audience is empty; give API or API,INTERNAL");
        }
        if (api.equals(internal)) {
            throw new ConfigException(
                    OPTION, "the internal audience must differ from the public one, since its tokens are services'");
        }
    }

    /**
     * Reads the value of {@code --audience}: {@code API} or {@code API,INTERNAL}; what is left out keeps its default.
     *
     * @throws ConfigException if the text is neither
     */
    public static Audiences parse(String text) {
        String[] parts = text.split(",", -1);
        return switch (parts.length) {
            case 1 -> new Audiences(parts[0].strip(), DEFAULT.internal);
            case 2 -> new Audiences(parts[0].strip(), parts[1].strip());
            default -> throw new ConfigException(OPTION, "takes API or API,INTERNAL, not more names");
        };
    }

    public boolean contains(String audience) {
        return audience.equals(api) || audience.equals(internal);
    }
}
