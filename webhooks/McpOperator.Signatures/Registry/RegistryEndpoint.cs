using McpOperator.Admission.Images;
using McpOperator.Api;
using McpOperator.Api.Configuration;

namespace McpOperator.Signatures.Registry;

/// <summary>Where an image's registry answers, and which places may be asked over http.</summary>
internal sealed class RegistryEndpoint
{
    private readonly HashSet<string> _insecure;

    public RegistryEndpoint(ImageReference image, RegistrySettings settings)
    {
        Settings = settings;
        _insecure = settings.Insecure.Select(r => r.ToLowerInvariant()).ToHashSet(StringComparer.Ordinal);
        Name = image.Registry;
        var host = image.Registry == "docker.io" ? "registry-1.docker.io" : image.Registry;
        var scheme = _insecure.Contains(image.Registry.ToLowerInvariant()) ? "http" : "https";
        Root = Uri.TryCreate($"{scheme}://{host}/v2/{image.Repository}/", UriKind.Absolute, out var root)
            ? root
            : throw new RegistryException(Reasons.RegistryUnreachable, $"{image.Registry} is no address that a registry can have; check its host and port.");
    }

    /// <summary>How it is reached.</summary>
    public RegistrySettings Settings { get; }

    /// <summary>The registry as it stands in image names.</summary>
    public string Name { get; }

    /// <summary>Where the repository's manifests, blobs and referrers lie below.</summary>
    public Uri Root { get; }

    /// <summary>Whether the configuration lists a place, with the very port, as insecure.</summary>
    public bool IsListed(Uri address) => _insecure.Contains(address.Authority.ToLowerInvariant());

    /// <summary>Refuses an address that a registry may not send us to.</summary>
    public void Admit(Uri address, Uri from, string what)
    {
        var secure = address.Scheme == Uri.UriSchemeHttps;
        var allowed = secure || (address.Scheme == Uri.UriSchemeHttp && from.Scheme == Uri.UriSchemeHttp && IsListed(address));
        if (!allowed || address.UserInfo.Length > 0)
        {
            throw new RegistryException(Reasons.RegistryNotTrusted, $"the registry {Name} names {what} that is not https; only places listed in images.registries.insecure may be asked over http, and never after https.");
        }
    }
}
