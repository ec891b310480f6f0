namespace McpOperator.Signatures.Registry;

/// <summary>What an entry of a Docker configuration is for: <c>host</c>, <c>host:port</c>, <c>host/path</c>, with or without a scheme and an API version.</summary>
internal sealed record RegistryPlace(string Host, string Path)
{
    private const string DockerHub = "docker.io";

    public static RegistryPlace Parse(string key)
    {
        var text = key;
        foreach (var scheme in new[] { "https://", "http://" })
        {
            text = text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) ? text[scheme.Length..] : text;
        }

        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var host = (slash < 0 ? text : text[..slash]).ToLowerInvariant();
        var path = slash < 0 ? "" : text[slash..].Trim('/');
        path = path is "v1" or "v2" ? "" : path; // https://index.docker.io/v1/ names the registry, not a repository
        return new RegistryPlace(host is "index.docker.io" or "registry-1.docker.io" ? DockerHub : host, path);
    }

    public bool Covers(string registry, string repository) =>
        HostMatches(registry.ToLowerInvariant()) && (Path.Length == 0 || repository == Path || repository.StartsWith(Path + "/", StringComparison.Ordinal));

    /// <summary>An asterisk stands for one part of the host's name or for some of its letters, never for a dot or a port.</summary>
    private bool HostMatches(string registry)
    {
        var (host, port) = SplitPort(Host);
        var (asked, askedPort) = SplitPort(registry);
        var parts = host.Split('.');
        var askedParts = asked.Split('.');
        return port == askedPort && parts.Length == askedParts.Length && parts.Zip(askedParts).All(p => PartMatches(p.First, p.Second));
    }

    private static bool PartMatches(string pattern, string part)
    {
        var star = pattern.IndexOf('*', StringComparison.Ordinal);
        return star < 0
            ? pattern == part
            : part.Length >= pattern.Length - 1 && part.StartsWith(pattern[..star], StringComparison.Ordinal) && part.EndsWith(pattern[(star + 1)..], StringComparison.Ordinal);
    }

    private static (string Host, string Port) SplitPort(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > text.LastIndexOf(']') ? (text[..colon], text[(colon + 1)..]) : (text, "");
    }
}
