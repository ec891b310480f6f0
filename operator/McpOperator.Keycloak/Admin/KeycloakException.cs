namespace McpOperator.Keycloak.Admin;

/// <summary>Why Keycloak did not do what it was asked for.</summary>
public enum KeycloakFailure
{
    /// <summary>It does not answer, answers too late, or fails itself (5xx); later it may.</summary>
    Unreachable,

    /// <summary>The login is not accepted, or the account lacks a right.</summary>
    Unauthorized,

    /// <summary>There is no such realm.</summary>
    RealmMissing,

    /// <summary>There is no such object (any more).</summary>
    NotFound,

    /// <summary>The name is taken, or the state is not as it was thought to be.</summary>
    Conflict,

    /// <summary>It refuses what it was given.</summary>
    Refused,
}

/// <summary>Keycloak did not do what it was asked for.</summary>
/// <param name="failure">Why, for machines.</param>
/// <param name="message">Why, for people. It repeats no credential and no token.</param>
/// <param name="inner">The cause, if there is one.</param>
public sealed class KeycloakException(KeycloakFailure failure, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Why, for machines.</summary>
    public KeycloakFailure Failure => failure;

    /// <summary>Whether it concerns the whole realm, so that trying the next object is of no use.</summary>
    public bool ConcernsRealm => failure is KeycloakFailure.Unreachable or KeycloakFailure.Unauthorized or KeycloakFailure.RealmMissing;
}
