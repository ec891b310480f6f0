using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace McpOperator.Kube;

/// <summary>How to reach an API server, and as whom.</summary>
public sealed class KubernetesClientConfiguration
{
    internal KubernetesClientConfiguration(Uri server, string source)
    {
        Server = server;
        Source = source;
    }

    /// <summary>The API server.</summary>
    public Uri Server { get; }

    /// <summary>Where this configuration comes from, for messages: file and context, or "in-cluster".</summary>
    public string Source { get; }

    /// <summary>The namespace that the context or the pod is in; <c>default</c> when none is said.</summary>
    public string Namespace { get; internal init; } = "default";

    /// <summary>What we call ourselves in the API server's logs.</summary>
    public string UserAgent { get; set; } = "mcp-operator";

    /// <summary>How long a request other than a watch may take, with all its repetitions for 429 and 503 apart.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Whether to share one connection (HTTP/2) instead of keeping a pool of them. Off: many connections let the API server and us work in
    /// parallel, and measured quicker.
    /// </summary>
    public bool UseHttp2 { get; set; }

    internal X509Certificate2Collection? CertificateAuthorities { get; init; }

    internal bool SkipTlsVerify { get; init; }

    internal string? TlsServerName { get; init; }

    internal Uri? Proxy { get; init; }

    internal CredentialSource Credentials { get; init; } = new StaticCredentials(Credential.None);

    /// <summary>
    /// Finds the API server as other tools do: the given file; else the files that <c>KUBECONFIG</c> lists (the first that says something
    /// wins);
    /// else, in a pod and when no context is asked for, the pod's own account; else <c>~/.kube/config</c>.
    /// </summary>
    /// <param name="path">A kubeconfig, or null.</param>
    /// <param name="context">A context in it, or null for the current one.</param>
    /// <param name="time">The clock by which credentials expire.</param>
    /// <exception cref="KubernetesConfigException">Nothing was found, or what was found is incomplete.</exception>
    public static KubernetesClientConfiguration Load(string? path = null, string? context = null, TimeProvider? time = null)
    {
        if (path is not null)
        {
            return KubeConfigLoader.Load([path], context, time ?? TimeProvider.System);
        }

        if (Environment.GetEnvironmentVariable("KUBECONFIG") is { Length: > 0 } list)
        {
            var files = list.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
            return KubeConfigLoader.Load(files, context, time ?? TimeProvider.System);
        }

        if (context is null && IsInCluster)
        {
            return InCluster(time);
        }

        var home = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".kube", "config");
        return KubeConfigLoader.Load([home], context, time ?? TimeProvider.System);
    }

    /// <summary>Whether this process runs in a pod with an account.</summary>
    public static bool IsInCluster => Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST") is { Length: > 0 };

    /// <summary>The account of the pod that this process runs in. Its token is re-read, because the node replaces it.</summary>
    /// <param name="time">The clock by which the token is re-read.</param>
    /// <param name="folder">Where the account is mounted; null is the usual place.</param>
    /// <exception cref="KubernetesConfigException">This is no pod, or its account is not mounted.</exception>
    public static KubernetesClientConfiguration InCluster(TimeProvider? time = null, string? folder = null)
    {
        folder ??= "/var/run/secrets/kubernetes.io/serviceaccount";
        var host = Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST");
        var port = Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_PORT") ?? "443";
        if (string.IsNullOrEmpty(host))
        {
            throw new KubernetesConfigException("in-cluster: KUBERNETES_SERVICE_HOST is not set. Outside a pod, name a kubeconfig.");
        }

        var server = new Uri($"https://{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{port}");
        var ns = Path.Combine(folder, "namespace");
        return new KubernetesClientConfiguration(server, "in-cluster")
        {
            Namespace = File.Exists(ns) ? File.ReadAllText(ns).Trim() : "default",
            CertificateAuthorities = ReadAuthorities(Path.Combine(folder, "ca.crt")),
            Credentials = new FileCredentials(() => ReadToken(Path.Combine(folder, "token"), "in-cluster"), time ?? TimeProvider.System),
        };
    }

    /// <summary>A plain address without credentials: for tests, and for <c>kubectl proxy</c>.</summary>
    public static KubernetesClientConfiguration ForAddress(Uri server) => new(server, server.ToString());

    internal static Credential ReadToken(string path, string source)
    {
        if (!File.Exists(path))
        {
            throw new KubernetesConfigException(
                $"{source}: there is no token in {path}. In a pod, set automountServiceAccountToken; elsewhere, correct tokenFile.");
        }

        var token = File.ReadAllText(path).Trim();
        return token.Length > 0 ? new($"Bearer {token}", null) : throw new KubernetesConfigException($"{source}: {path} is empty");
    }

    private static X509Certificate2Collection ReadAuthorities(string path)
    {
        try
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(path);
            return authorities;
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new KubernetesConfigException($"in-cluster: {path} holds no certificate: {e.Message}", e);
        }
    }
}
