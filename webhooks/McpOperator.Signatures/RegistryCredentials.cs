using System.Security.Cryptography;
using System.Text;
using McpOperator.Admission.Images;
using McpOperator.Signatures.Registry;

namespace McpOperator.Signatures;

/// <summary>
/// Credentials for registries, from any number of pull secrets. One is used only for the registry and the repositories that its entry
/// names; which it is, is decided as the kubelet does (host with <c>*</c> for a part, port, path), save that paths end at a slash:
/// <c>ghcr.io/acme</c> is not for <c>ghcr.io/acmeevil</c>. Its text shows no secret.
/// </summary>
public sealed class RegistryCredentials
{
    private readonly IReadOnlyList<(RegistryPlace Place, RegistryCredential Credential)> _entries;

    private RegistryCredentials(IReadOnlyList<(RegistryPlace, RegistryCredential)> entries) => _entries = entries;

    /// <summary>No credentials: registries are asked anonymously.</summary>
    public static RegistryCredentials None { get; } = new([]);

    /// <summary>
    /// Reads the data of a Secret of type <c>kubernetes.io/dockerconfigjson</c> or <c>kubernetes.io/dockercfg</c>, decoded from base64.
    /// A Secret with neither <c>.dockerconfigjson</c> nor <c>.dockercfg</c> has none.
    /// </summary>
    /// <exception cref="FormatException">It is broken. The message says how, and repeats nothing of it.</exception>
    public static RegistryCredentials FromSecret(IReadOnlyDictionary<string, byte[]> data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return data.TryGetValue(".dockerconfigjson", out var config) ? FromDockerConfigJson(config)
            : data.TryGetValue(".dockercfg", out var old) ? FromDockerCfg(old)
            : None;
    }

    /// <summary>Reads <c>.dockerconfigjson</c>: <c>{"auths": {"ghcr.io": {"auth": "…"}}}</c>.</summary>
    /// <exception cref="FormatException">It is broken. The message says how, and repeats nothing of it.</exception>
    public static RegistryCredentials FromDockerConfigJson(ReadOnlyMemory<byte> text) => Create(DockerConfigReader.Read(text, hasAuths: true));

    /// <summary>Reads <c>.dockercfg</c>, the older form, which is the map alone.</summary>
    /// <exception cref="FormatException">It is broken. The message says how, and repeats nothing of it.</exception>
    public static RegistryCredentials FromDockerCfg(ReadOnlyMemory<byte> text) => Create(DockerConfigReader.Read(text, hasAuths: false));

    /// <summary>All of several; where more than one fit an image, they are tried in this order.</summary>
    public static RegistryCredentials Join(IEnumerable<RegistryCredentials> several) => new([.. several.SelectMany(one => one._entries)]);

    /// <inheritdoc/>
    public override string ToString() => $"{_entries.Count} credentials";

    /// <summary>Those for an image, the ones for the longest path first.</summary>
    internal IReadOnlyList<RegistryCredential> For(ImageReference image) =>
        [.. _entries.Where(e => e.Place.Covers(image.Registry, image.Repository)).OrderByDescending(e => e.Place.Path.Length).Select(e => e.Credential).Distinct()];

    /// <summary>Tells sets of credentials apart without showing them.</summary>
    internal static string Fingerprint(IReadOnlyList<RegistryCredential> credentials)
    {
        var all = string.Concat(credentials.SelectMany(c => new[] { c.User, c.Password, c.IdentityToken ?? "" }).Select(t => $"{t.Length}:{t}"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all)));
    }

    private static RegistryCredentials Create(IEnumerable<(string Place, RegistryCredential Credential)> entries) =>
        new([.. entries.Select(e => (RegistryPlace.Parse(e.Place), e.Credential))]);
}
