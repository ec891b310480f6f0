using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace McpOperator.Kube;

/// <summary>Merges kubeconfig files and makes a configuration of one context.</summary>
internal sealed class KubeConfigLoader(KubeConfigFile[] files, string context, TimeProvider time)
{
    private readonly string _source = $"{string.Join(Path.PathSeparator, files.Select(f => f.Path))}, context '{context}'";

    /// <summary>Reads the files that exist; of what several of them say, the first counts.</summary>
    public static KubernetesClientConfiguration Load(IReadOnlyList<string> paths, string? context, TimeProvider time)
    {
        var files = paths.Where(File.Exists).Select(KubeConfigFile.Read).ToArray();
        var names = string.Join(Path.PathSeparator, paths);
        if (files.Length == 0)
        {
            throw new KubernetesConfigException($"{names}: no such file. Name a kubeconfig with KUBECONFIG, or run in a pod.");
        }

        context ??= files.Select(f => f.CurrentContext).FirstOrDefault(c => !string.IsNullOrEmpty(c))
            ?? throw new KubernetesConfigException($"{names}: there is no current-context. Set one, or name a context.");
        return new KubeConfigLoader(files, context, time).Load();
    }

    private KubernetesClientConfiguration Load()
    {
        var (_, found) = Find(f => f.Contexts, c => c.Name == context)
            ?? throw Problem($"there is no such context; there are: {Names(f => f.Contexts?.Select(c => c.Name))}");
        var chosen = found.Context;
        var (clusterFile, cluster) = Find(f => f.Clusters, c => c.Name == chosen.Cluster)
            ?? throw Problem($"its cluster '{chosen.Cluster}' is not defined; there are: {Names(f => f.Clusters?.Select(c => c.Name))}");
        var server = ReadServer(cluster);
        return new KubernetesClientConfiguration(server, _source)
        {
            Namespace = string.IsNullOrEmpty(chosen.Namespace) ? "default" : chosen.Namespace,
            CertificateAuthorities = ReadAuthorities(clusterFile, cluster.Cluster),
            SkipTlsVerify = cluster.Cluster.InsecureSkipTlsVerify,
            TlsServerName = cluster.Cluster.TlsServerName,
            Proxy = ReadProxy(cluster),
            Credentials = ReadCredentials(chosen.User, cluster.Cluster),
        };
    }

    private Uri ReadServer(NamedCluster cluster) =>
        Uri.TryCreate(cluster.Cluster.Server, UriKind.Absolute, out var server) && server.Scheme is "https" or "http"
            ? server
            : throw Problem($"the server of cluster '{cluster.Name}' is '{cluster.Cluster.Server}', which is no http(s) address");

    private Uri? ReadProxy(NamedCluster cluster) =>
        string.IsNullOrEmpty(cluster.Cluster.ProxyUrl) ? null
        : Uri.TryCreate(cluster.Cluster.ProxyUrl, UriKind.Absolute, out var proxy) && proxy.Scheme is "http" or "https" or "socks5" ? proxy
        : throw Problem($"the proxy-url of cluster '{cluster.Name}' is '{cluster.Cluster.ProxyUrl}', "
            + "which is no http, https or socks5 address");

    private X509Certificate2Collection? ReadAuthorities(KubeConfigFile file, ClusterConfig cluster)
    {
        var pem = Pem(file, cluster.CertificateAuthorityData, cluster.CertificateAuthority, "certificate-authority");
        if (pem is null)
        {
            return null;
        }

        try
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPem(pem);
            return authorities.Count > 0 ? authorities : throw Problem("certificate-authority holds no certificate");
        }
        catch (CryptographicException e)
        {
            throw Problem($"certificate-authority: {e.Message}");
        }
    }

    private CredentialSource ReadCredentials(string name, ClusterConfig cluster)
    {
        if (string.IsNullOrEmpty(name))
        {
            return new StaticCredentials(Credential.None);
        }

        var (file, user) = Find(f => f.Users, u => u.Name == name)
            ?? throw Problem($"its user '{name}' is not defined; there are: {Names(f => f.Users?.Select(u => u.Name))}");
        if (user.User.Exec is { } exec)
        {
            return ReadExec(file, exec, cluster);
        }

        if (user.User.AuthProvider is not null)
        {
            throw Problem($"user '{name}' has an auth-provider, which Kubernetes dropped in 1.26. Use its exec plugin");
        }

        // What stands in files may be replaced while we run.
        Func<Credential> read = () => new(Authorization(file, user.User), Certificate(file, user.User));
        return user.User.TokenFile is not null || user.User.ClientCertificate is not null
            ? new FileCredentials(read, time)
            : new StaticCredentials(read());
    }

    private string? Authorization(KubeConfigFile file, UserConfig user)
    {
        if (!string.IsNullOrEmpty(user.TokenFile))
        {
            return KubernetesClientConfiguration.ReadToken(file.Resolve(user.TokenFile), _source).Authorization;
        }

        return !string.IsNullOrEmpty(user.Token) ? $"Bearer {user.Token}"
            : !string.IsNullOrEmpty(user.Username)
                ? $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user.Username}:{user.Password}"))}"
            : null;
    }

    private X509Certificate2? Certificate(KubeConfigFile file, UserConfig user)
    {
        var certificate = Pem(file, user.ClientCertificateData, user.ClientCertificate, "client-certificate");
        var key = Pem(file, user.ClientKeyData, user.ClientKey, "client-key");
        if (certificate is null && key is null)
        {
            return null;
        }

        try
        {
            return X509Certificate2.CreateFromPem(
                certificate ?? throw Problem("there is a client-key without a client-certificate"),
                key ?? throw Problem("there is a client-certificate without a client-key"));
        }
        catch (CryptographicException e)
        {
            throw Problem($"client certificate and key do not fit: {e.Message}");
        }
    }

    private ExecCredentials ReadExec(KubeConfigFile file, ExecConfig exec, ClusterConfig cluster)
    {
        if (exec.ApiVersion is not ("client.authentication.k8s.io/v1" or "client.authentication.k8s.io/v1beta1"))
        {
            throw Problem($"exec speaks '{exec.ApiVersion}'; client.authentication.k8s.io/v1 and v1beta1 are known");
        }

        if (exec.Command.Contains('/', StringComparison.Ordinal))
        {
            exec.Command = file.Resolve(exec.Command);
        }

        var info = new Dictionary<string, object?>
        {
            ["server"] = cluster.Server,
            ["tls-server-name"] = cluster.TlsServerName,
            ["insecure-skip-tls-verify"] = cluster.InsecureSkipTlsVerify,
            ["certificate-authority-data"] = cluster.CertificateAuthorityData,
            ["proxy-url"] = cluster.ProxyUrl,
        };
        return new(exec, _source, info, time);
    }

    private string? Pem(KubeConfigFile file, string? data, string? path, string what)
    {
        try
        {
            return !string.IsNullOrEmpty(data) ? Encoding.UTF8.GetString(Convert.FromBase64String(data))
                : !string.IsNullOrEmpty(path) ? File.ReadAllText(file.Resolve(path))
                : null;
        }
        catch (FormatException)
        {
            throw Problem($"{what}-data is no base64");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Problem($"{what} cannot be read: {e.Message}");
        }
    }

    private (KubeConfigFile File, T Item)? Find<T>(Func<KubeConfigFile, List<T>?> list, Predicate<T> match) where T : class
    {
        foreach (var file in files)
        {
            if (list(file)?.Find(match) is { } item)
            {
                return (file, item);
            }
        }

        return null;
    }

    private string Names(Func<KubeConfigFile, IEnumerable<string>?> list) =>
        string.Join(", ", files.SelectMany(f => list(f) ?? []).Distinct().DefaultIfEmpty("none"));

    private KubernetesConfigException Problem(string what) => new($"{_source}: {what}.");
}
