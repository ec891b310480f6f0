namespace McpOperator.Api.Configuration;

/// <summary>
/// Who must have signed images. The shipped values refuse every image until a signer is named, as the empty list of registries does:
/// an operator that was installed and forgotten must not run what nobody vouched for. Whoever wants less says so, with
/// <c>mode: Warn</c> or <c>mode: Off</c>, and both are visible in the status of every server.
/// </summary>
public sealed record SignatureSettings
{
    /// <summary>What happens to an image without a good signature.</summary>
    public SignatureMode Mode { get; init; } = SignatureMode.Enforce;

    /// <summary>What happens instead in single tenants, by tenant.</summary>
    public IReadOnlyDictionary<string, SignatureMode> ModeByTenant { get; init; } = new Dictionary<string, SignatureMode>();

    /// <summary>Those whose signatures count, 0 to 32. With none, <c>Enforce</c> refuses every image.</summary>
    public IReadOnlyList<ImageSigner> Signers { get; init; } = [];

    /// <summary>How many of the signers must have signed.</summary>
    public SignerRequirement Require { get; init; } = SignerRequirement.Any;

    /// <summary>
    /// Path of a Sigstore <c>trusted_root.json</c>, mounted into the operator. Keyless signers need it, and so does
    /// <see cref="RequireTransparencyLog"/>. It is read again when the file changes.
    /// </summary>
    public string? TrustedRoot { get; init; }

    /// <summary>
    /// Whether a signature must be proven to stand in a transparency log that <see cref="TrustedRoot"/> knows, as cosign wants it unless
    /// told otherwise. Signatures by a key of your own that are kept out of the log need <c>false</c>. A keyless signature needs proof
    /// of its time in any case: from the log, or without it from a timestamp authority.
    /// </summary>
    public bool RequireTransparencyLog { get; init; } = true;

    /// <summary>Seconds that a whole decision may take, 1 to 8; the webhook's own timeout is 10.</summary>
    public int TimeoutSeconds { get; init; } = 8;

    /// <summary>Seconds for which a good answer is used without asking the registry, 0 to 604800. Older ones count only while it is down.</summary>
    public int GoodForSeconds { get; init; } = 86400;

    /// <summary>Seconds for which a bad answer is repeated without asking the registry, 0 to 60.</summary>
    public int BadForSeconds { get; init; } = 15;

    /// <summary>Signatures of one image that are looked at, 1 to 1000. An image with more is refused.</summary>
    public int MaxSignatures { get; init; } = 100;

    /// <summary>The settings as they hold for a tenant.</summary>
    public SignatureSettings For(string tenant) =>
        this with { Mode = ModeByTenant.GetValueOrDefault(tenant, Mode), ModeByTenant = new Dictionary<string, SignatureMode>() };
}

/// <summary>What happens to an image without a good signature.</summary>
public enum SignatureMode
{
    /// <summary>It is refused.</summary>
    Enforce,

    /// <summary>It is let through with a warning.</summary>
    Warn,

    /// <summary>Nobody looks.</summary>
    Off,
}

/// <summary>How many of the signers must have signed.</summary>
public enum SignerRequirement
{
    /// <summary>One is enough.</summary>
    Any,

    /// <summary>Every one.</summary>
    All,
}

/// <summary>One whose signatures count: the holder of a key, or an identity at an identity provider. Exactly one of the two is set.</summary>
public sealed record ImageSigner
{
    /// <summary>A name for messages, unique among the signers, such as <c>release</c>.</summary>
    public string Name { get; init; } = "";

    /// <summary>A public key in PEM (<c>cosign.pub</c>): ECDSA P-256 or P-384, RSA of 2048 to 8192 bits, or Ed25519.</summary>
    public string? PublicKey { get; init; }

    /// <summary>An identity that a certificate of Fulcio vouches for.</summary>
    public KeylessSigner? Keyless { get; init; }
}

/// <summary>
/// An identity that a certificate of Fulcio vouches for. One of <c>issuer</c> and <c>issuerRegex</c> and one of <c>identity</c> and
/// <c>identityRegex</c> are set. A regular expression begins with <c>^</c>, ends with <c>$</c>, always matches the whole text, and has
/// neither look-around nor back references, so that it takes linear time.
/// </summary>
public sealed record KeylessSigner
{
    /// <summary>The identity provider's URL, exactly, such as <c>https://token.actions.githubusercontent.com</c>.</summary>
    public string? Issuer { get; init; }

    /// <summary>A regular expression for the identity provider's URL.</summary>
    public string? IssuerRegex { get; init; }

    /// <summary>The identity (mail address or URL) in the certificate's SubjectAltName, exactly.</summary>
    public string? Identity { get; init; }

    /// <summary>A regular expression for the identity.</summary>
    public string? IdentityRegex { get; init; }
}
