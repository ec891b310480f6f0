namespace McpOperator.Api;

/// <summary>What our events say happened. Besides these, a condition that turns False is reported under the condition's own reason.</summary>
public static class EventReasons
{
    /// <summary>All children of a server were made for the first time.</summary>
    public const string Created = "Created";

    /// <summary>A server can be used.</summary>
    public const string BecameReady = "BecameReady";

    /// <summary>A new version serves.</summary>
    public const string VersionActivated = "VersionActivated";

    /// <summary>A reviewer, or a rule, lets a version serve.</summary>
    public const string VersionApproved = "VersionApproved";

    /// <summary>A reviewer refused a version.</summary>
    public const string VersionRejected = "VersionRejected";

    /// <summary>A reviewer went back to an earlier version.</summary>
    public const string VersionRolledBack = "VersionRolledBack";

    /// <summary>A child that was deleted or edited by somebody else was put right.</summary>
    public const string DriftCorrected = "DriftCorrected";

    /// <summary>The operator reads a changed configuration file.</summary>
    public const string ConfigurationReloaded = "ConfigurationReloaded";

    /// <summary>The operator keeps the last good configuration because the new one is bad.</summary>
    public const string ConfigurationRejected = "ConfigurationRejected";

    /// <summary>A server was deleted without waiting any longer for Keycloak; its scopes are deleted when Keycloak is back.</summary>
    public const string ScopesAbandoned = "ScopesAbandoned";
}
