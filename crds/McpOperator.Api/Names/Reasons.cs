namespace McpOperator.Api;

/// <summary>Why a condition is what it is. The same words stand in events and in admission's answers.</summary>
public static class Reasons
{
    /// <summary>All is well.</summary>
    public const string Ready = "Ready";

    /// <summary>The thing is switched off, so there is nothing to wait for.</summary>
    public const string NotRequested = "NotRequested";

    /// <summary>The operator is at it.</summary>
    public const string Progressing = "Progressing";

    /// <summary>Something else has to be put right first; the message names it.</summary>
    public const string Blocked = "Blocked";

    /// <summary><c>spec.suspend</c> is set.</summary>
    public const string Suspended = "Suspended";

    /// <summary>The object is being deleted.</summary>
    public const string Deleting = "Deleting";

    /// <summary>The image is accepted.</summary>
    public const string Accepted = "Accepted";

    /// <summary>The image has no digest.</summary>
    public const string ImageNotPinned = "ImageNotPinned";

    /// <summary>The image's name is none.</summary>
    public const string ImageInvalid = "ImageInvalid";

    /// <summary>The image comes from a registry that is not on the list.</summary>
    public const string RegistryNotAllowed = "RegistryNotAllowed";

    /// <summary>The image's signature is good, and made by those whom the configuration names.</summary>
    public const string SignatureVerified = "SignatureVerified";

    /// <summary>Signatures are switched off (<c>images.signatures.mode: Off</c>); nobody looked for one.</summary>
    public const string SignatureNotChecked = "SignatureNotChecked";

    /// <summary>The image has no signature in the registry.</summary>
    public const string SignatureMissing = "SignatureMissing";

    /// <summary>
    /// The image has a signature that does not count: it is of another image, is no signature but another statement, was changed, is
    /// malformed or too large, or lacks a proof (transparency log, time) that the configuration asks for. The message says which.
    /// </summary>
    public const string SignatureInvalid = "SignatureInvalid";

    /// <summary>The image is signed, but not by those whom the configuration names.</summary>
    public const string SignerNotTrusted = "SignerNotTrusted";

    /// <summary>The configuration of signatures cannot be used (no signer, a broken key, a missing trusted root); all images are refused.</summary>
    public const string SignaturePolicyInvalid = "SignaturePolicyInvalid";

    /// <summary>The registry does not answer, is overloaded, or takes too long; whether the image is signed is not known.</summary>
    public const string RegistryUnreachable = "RegistryUnreachable";

    /// <summary>The registry does not let us read: the pull secret is missing, wrong or lacks the right to pull.</summary>
    public const string RegistryDenied = "RegistryDenied";

    /// <summary>The registry's answer cannot be right: content that does not have its digest, or a redirect to a place that is not allowed.</summary>
    public const string RegistryNotTrusted = "RegistryNotTrusted";

    /// <summary>A field breaks a rule; the message names it.</summary>
    public const string InvalidSpec = "InvalidSpec";

    /// <summary>The object's name cannot become a label's value.</summary>
    public const string NameTooLong = "NameTooLong";

    /// <summary>The server would listen where the proxy or Knative does.</summary>
    public const string PortReserved = "PortReserved";

    /// <summary>The spec asks for laxer access rules than the operator's configuration permits.</summary>
    public const string AccessTooWeak = "AccessTooWeak";

    /// <summary>Two tools would end with one name.</summary>
    public const string ToolNameCollision = "ToolNameCollision";

    /// <summary>The tenant has, or the server declares, more than the tenant's quota.</summary>
    public const string QuotaExceeded = "QuotaExceeded";

    /// <summary>The annotation that says who asked is not as admission writes it.</summary>
    public const string StampForged = "StampForged";

    /// <summary>The filter has a tool's new name where it takes the server's own.</summary>
    public const string FilterNamesOverride = "FilterNamesOverride";

    /// <summary>An override changes nothing.</summary>
    public const string OverrideEmpty = "OverrideEmpty";

    /// <summary>An override has no effect, because the filter hides its tool.</summary>
    public const string OverrideHidden = "OverrideHidden";

    /// <summary>No tool can have the name.</summary>
    public const string ToolNameInvalid = "ToolNameInvalid";

    /// <summary>The object cannot be deleted as long as others use it; the message names them.</summary>
    public const string StillInUse = "StillInUse";

    /// <summary>A grant or a session is for nobody.</summary>
    public const string SubjectEmpty = "SubjectEmpty";

    /// <summary>A grant allows no call.</summary>
    public const string GrantsNothing = "GrantsNothing";

    /// <summary>A grant or a session would end before it begins.</summary>
    public const string ExpiryPast = "ExpiryPast";

    /// <summary>A session would last longer than the operator's configuration permits.</summary>
    public const string ExpiryTooFar = "ExpiryTooFar";

    /// <summary>An OAuth client's redirect address is neither https nor on loopback, or leads to more than one place.</summary>
    public const string RedirectNotAllowed = "RedirectNotAllowed";

    /// <summary>A confidential OAuth client has no Secret for its secret.</summary>
    public const string SecretNameMissing = "SecretNameMissing";

    /// <summary>A field cannot be changed.</summary>
    public const string FieldImmutable = "FieldImmutable";

    /// <summary>A revoked session cannot come back.</summary>
    public const string SessionRevoked = "SessionRevoked";

    /// <summary>A session can be used.</summary>
    public const string Active = "Active";

    /// <summary>A session or a grant has ended.</summary>
    public const string Expired = "Expired";

    /// <summary>A session was revoked, for good.</summary>
    public const string Revoked = "Revoked";

    /// <summary>No grant lets the session's user or agent call anything.</summary>
    public const string NoGrant = "NoGrant";

    /// <summary><c>spec.disabled</c> is set.</summary>
    public const string Disabled = "Disabled";

    /// <summary>A grant names a tool that its server does not have.</summary>
    public const string ToolUnknown = "ToolUnknown";

    /// <summary>There are more grants or sessions than the server's policy can carry.</summary>
    public const string PolicyFull = "PolicyFull";

    /// <summary>The object cannot be read as its kind; the message says where.</summary>
    public const string Unreadable = "Unreadable";

    /// <summary>The object that is named does not exist.</summary>
    public const string NotFound = "NotFound";

    /// <summary>The object that is named cannot be used; the message says why.</summary>
    public const string Invalid = "Invalid";

    /// <summary>References are resolved.</summary>
    public const string Resolved = "Resolved";

    /// <summary>An object of the child's name exists and is not ours; we leave it alone.</summary>
    public const string NotOwned = "NotOwned";

    /// <summary>Knative Serving is not installed.</summary>
    public const string KnativeMissing = "KnativeMissing";

    /// <summary>The Prometheus Operator is not installed.</summary>
    public const string PrometheusOperatorMissing = "PrometheusOperatorMissing";

    /// <summary>The program that a stdio server starts is not known.</summary>
    public const string EntrypointUnknown = "EntrypointUnknown";

    /// <summary>The node cannot pull the image.</summary>
    public const string ImagePullBackOff = "ImagePullBackOff";

    /// <summary>A container ends again and again.</summary>
    public const string CrashLoopBackOff = "CrashLoopBackOff";

    /// <summary>A container cannot be started.</summary>
    public const string ContainerCannotRun = "ContainerCannotRun";

    /// <summary>The newest revision failed; the message says how.</summary>
    public const string RevisionFailed = "RevisionFailed";

    /// <summary>The newest version serves.</summary>
    public const string Current = "Current";

    /// <summary>A version waits for a person's decision.</summary>
    public const string HeldForReview = "HeldForReview";

    /// <summary>A version waits until the operator has read from its pod which tools it has.</summary>
    public const string ToolsUnknown = "ToolsUnknown";

    /// <summary>A reviewer refused the version that the spec asks for.</summary>
    public const string Rejected = "Rejected";

    /// <summary>What the approved version is made of is gone or was forged, so that nothing can be compared with it.</summary>
    public const string VersionLost = "VersionLost";

    /// <summary>The running server says something else of its tools than what was approved; the proxy withholds those tools.</summary>
    public const string SurfaceDrift = "SurfaceDrift";

    /// <summary>The decision names something else than what waits, or is none.</summary>
    public const string DecisionInvalid = "DecisionInvalid";

    /// <summary>The decision comes together with a change of what is decided about.</summary>
    public const string DecisionWithChange = "DecisionWithChange";

    /// <summary>Who decides lacks the verb <c>approve</c> on <c>mcpservers</c>.</summary>
    public const string ReviewerNotAllowed = "ReviewerNotAllowed";

    /// <summary>Who approves has made the change.</summary>
    public const string ReviewerIsAuthor = "ReviewerIsAuthor";

    /// <summary>The policy is published.</summary>
    public const string Published = "Published";

    /// <summary>The isolation rules are in place.</summary>
    public const string Isolated = "Isolated";

    /// <summary>The API server refused a child; the message says why.</summary>
    public const string ApplyFailed = "ApplyFailed";

    /// <summary>The identity provider has what it should have.</summary>
    public const string Synced = "Synced";

    /// <summary>Keycloak does not answer, answers too late, or fails itself.</summary>
    public const string KeycloakUnreachable = "KeycloakUnreachable";

    /// <summary>Keycloak does not accept the operator's login, or its account lacks a right.</summary>
    public const string KeycloakUnauthorized = "KeycloakUnauthorized";

    /// <summary>Keycloak refuses what it was given; the message says why.</summary>
    public const string KeycloakRefused = "KeycloakRefused";

    /// <summary>Keycloak has no such realm.</summary>
    public const string RealmMissing = "RealmMissing";

    /// <summary>The configuration gives the tenant no realm.</summary>
    public const string RealmUnmapped = "RealmUnmapped";

    /// <summary>The realm has a scope of the name that is not ours; it is left alone.</summary>
    public const string ScopeNotOwned = "ScopeNotOwned";

    /// <summary>A tool's scope means something else already, or is another server's.</summary>
    public const string ScopeReserved = "ScopeReserved";

    /// <summary>Two servers want the same scope or the same audience, or somebody else changes the realm at the same time.</summary>
    public const string ScopeConflict = "ScopeConflict";

    /// <summary>The realm has a client of the id that is not ours; it is left alone.</summary>
    public const string ClientNotOwned = "ClientNotOwned";

    /// <summary>Two grants want the same client.</summary>
    public const string ClientConflict = "ClientConflict";
}
