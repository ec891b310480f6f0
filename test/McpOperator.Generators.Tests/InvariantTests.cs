using McpOperator.Admission.Images;
using McpOperator.Api;
using McpOperator.Api.Configuration;
using McpOperator.Objects;

namespace McpOperator.Generators.Tests;

/// <summary>What holds for every child of every case, whatever the golden files say.</summary>
public sealed class InvariantTests
{
    private static IEnumerable<string> Names => Case.All.Select(c => c.Name);

    private static IReadOnlyList<KubernetesEntity> Children(string name) => [.. Case.All.Single(c => c.Name == name).Render().Children.Cast<KubernetesEntity>()];

    private static IEnumerable<V1PodSpec> Pods(string name) => Children(name).Select(child => child switch
    {
        KnativeService service => service.Spec.Template.Spec,
        V1Deployment deployment => deployment.Spec.Template.Spec,
        _ => null,
    }).OfType<V1PodSpec>();

    private static IEnumerable<V1Container> Containers(V1PodSpec pod) => (pod.InitContainers ?? []).Concat(pod.Containers);

    [TestCaseSource(nameof(Names))]
    public void Every_child_has_its_owner_and_our_labels(string name)
    {
        foreach (var child in Children(name))
        {
            child.Metadata.NamespaceProperty.Should().Be("team-a");
            child.Metadata.OwnerReferences.Should().ContainSingle().Which.Should().Match<V1OwnerReference>(o =>
                o.ApiVersion == "mcpoperator.io/v1alpha1" && o.Kind == "MCPServer" && o.Controller == true && o.BlockOwnerDeletion == true && o.Uid.Length > 0);
            var server = child.Metadata.OwnerReferences![0].Name;
            child.Metadata.Labels.Should().Contain("app.kubernetes.io/managed-by", "mcp-operator")
                .And.Contain("app.kubernetes.io/component", "mcp-server")
                .And.Contain("mcpoperator.io/server", server)
                .And.Contain("mcpoperator.io/tenant", name == "full" ? "acme" : "team-a");
        }
    }

    /// <summary>Argo CD takes an object that bears its marks for its own, and prunes it.</summary>
    [TestCaseSource(nameof(Names))]
    public void Nothing_of_the_parents_labels_and_annotations_is_copied(string name)
    {
        string[] ours = [Labels.ManagedBy, Labels.Component, Labels.Server, Labels.Tenant, Labels.Role, Labels.KnativeVisibility];
        foreach (var child in Children(name))
        {
            child.Metadata.Labels!.Keys.Except(child is V1ServiceMonitor ? ["release"] : Array.Empty<string>()).Should().BeSubsetOf(ours);
            child.Metadata.Annotations!.Keys.Should().BeSubsetOf([Annotations.AppliedHash, Annotations.PolicyRevision]);
        }
    }

    [TestCaseSource(nameof(Names))]
    public void Names_and_label_values_fit(string name)
    {
        foreach (var child in Children(name))
        {
            child.Metadata.Name.Should().MatchRegex("^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$");
            child.Metadata.Labels!.Values.Should().OnlyContain(v => v.Length <= 63);
            if (child is KnativeService service)
            {
                // Knative appends -private to make the Service of a revision.
                (service.Spec.Template.Metadata.Name + "-private").Length.Should().BeLessThanOrEqualTo(63);
            }
        }
    }

    [TestCaseSource(nameof(Names))]
    public void No_two_children_of_one_kind_bear_one_name(string name) => Children(name).Select(c => (c.GetType(), c.Metadata.Name)).Should().OnlyHaveUniqueItems();

    [TestCaseSource(nameof(Names))]
    public void Every_image_is_pinned(string name) =>
        Pods(name).SelectMany(Containers).Should().NotBeEmpty().And.OnlyContain(c => ImageReference.TryParse(c.Image)!.IsPinned);

    [TestCaseSource(nameof(Names))]
    public void Every_container_is_hardened_as_pod_security_restricted_asks(string name)
    {
        foreach (var container in Pods(name).SelectMany(Containers))
        {
            var security = container.SecurityContext!;
            security.AllowPrivilegeEscalation.Should().BeFalse();
            security.RunAsNonRoot.Should().BeTrue();
            security.RunAsUser.Should().NotBe(0);
            security.Capabilities!.Drop.Should().Equal("ALL");
            security.SeccompProfile!.Type.Should().Be("RuntimeDefault");
            (security.ReadOnlyRootFilesystem == true || container.Name == "mcp-server").Should().BeTrue("only a server's own image may need to write");
        }
    }

    /// <summary>knative/serving, k8s_validation.go: with several containers exactly one port in the whole pod, no probes on sidecars, no podspec security context.</summary>
    [TestCaseSource(nameof(Names))]
    public void A_pod_keeps_to_what_knative_lets_through_by_default(string name)
    {
        foreach (var pod in Pods(name))
        {
            var port = pod.Containers.SelectMany(c => (c.Ports ?? []).Select(p => (c.Name, p.ContainerPort, p.Protocol, Port: p.Name))).Should().ContainSingle().Subject;
            port.Should().Be(("mcp-proxy", 18080, "TCP", "http1"));
            pod.Containers.Where(c => c.Name != "mcp-proxy").Should().OnlyContain(c => c.ReadinessProbe == null && c.LivenessProbe == null);
            (pod.InitContainers ?? []).Should().NotContain(c => c.ReadinessProbe != null || c.LivenessProbe != null || c.Ports != null);
            pod.SecurityContext.Should().BeNull();
            pod.EnableServiceLinks.Should().BeFalse();
        }
    }

    [TestCaseSource(nameof(Names))]
    public void Every_volume_is_mounted_and_every_mount_has_its_volume(string name)
    {
        foreach (var pod in Pods(name))
        {
            var volumes = pod.Volumes!.Select(v => v.Name).ToList();
            volumes.Should().OnlyHaveUniqueItems();
            Containers(pod).SelectMany(c => c.VolumeMounts ?? []).Select(m => m.Name).Distinct().Should().BeEquivalentTo(volumes);
            foreach (var container in Containers(pod))
            {
                (container.VolumeMounts ?? []).Select(m => m.MountPath).Should().OnlyHaveUniqueItems();
                (container.Env ?? []).Select(e => e.Name).Should().OnlyHaveUniqueItems();
            }

            // Knative writes readOnly into every mount but those of empty folders.
            Containers(pod).SelectMany(c => c.VolumeMounts ?? []).Where(m => pod.Volumes!.Single(v => v.Name == m.Name).EmptyDir is null)
                .Should().OnlyContain(m => m.ReadOnlyProperty == true);
        }
    }

    /// <summary>Unless the user names an account for the server, only the proxy speaks to the API server.</summary>
    [TestCaseSource(nameof(Names))]
    public void The_server_gets_no_token_of_the_proxys_account(string name)
    {
        foreach (var pod in Pods(name))
        {
            pod.AutomountServiceAccountToken.Should().BeFalse();
            var server = pod.Containers.Single(c => c.Name == "mcp-server");
            // The proxy's own account ends in -mcp. Where the pod runs as it, no volume with a token may reach the server.
            var tokens = pod.ServiceAccountName!.EndsWith("-mcp", StringComparison.Ordinal)
                ? (pod.Volumes ?? []).Where(v => v.Projected?.Sources.Any(source => source.ServiceAccountToken is not null) == true).Select(v => v.Name)
                : [];
            string[] proxys = ["mcp-policy", "mcp-session", .. tokens];
            (server.VolumeMounts ?? []).Select(m => m.Name).Should().NotIntersectWith(proxys);
        }

        Children(name).OfType<V1ServiceAccount>().Should().OnlyContain(a => a.AutomountServiceAccountToken == false);
    }

    [TestCaseSource(nameof(Names))]
    public void The_proxys_role_is_its_own_policy_and_access_and_nothing_else(string name)
    {
        var policy = Children(name).OfType<V1ConfigMap>().Single().Metadata.Name;
        var stem = policy[..^"-mcp-policy-01234567".Length];
        var rules = Children(name).OfType<V1Role>().Single().Rules!;
        rules.Should().OnlyContain(rule => rule.Resources!.Single() == "configmaps" && rule.ResourceNames!.Count > 0);
        rules.SelectMany(rule => rule.ResourceNames!).Should().OnlyContain(n => n == policy || n == $"{stem}-mcp-access" || n.StartsWith($"{stem}-mcp-grants-") || n.StartsWith($"{stem}-mcp-sessions-"));
        rules.Where(rule => rule.Verbs.Contains("watch")).SelectMany(rule => rule.ResourceNames!).Should().Equal(policy, $"{stem}-mcp-access");
        rules.SelectMany(rule => rule.Verbs).Distinct().Should().Equal("get", "watch");
        var binding = Children(name).OfType<V1RoleBinding>().Single();
        binding.RoleRef!.Name.Should().Be(Children(name).OfType<V1Role>().Single().Metadata.Name);
        binding.Subjects!.Single().Name.Should().Be(Pods(name).Single().ServiceAccountName);
    }

    [TestCaseSource(nameof(Names))]
    public void A_secret_is_rendered_without_its_key(string name) => Children(name).OfType<V1Secret>().Should().ContainSingle().Which.Data.Should().BeNull();

    [TestCaseSource(nameof(Names))]
    public void Nobody_reaches_the_servers_own_port_and_nothing_is_open_to_all(string name)
    {
        var spec = Children(name).OfType<V1NetworkPolicy>().Single().Spec;
        spec.PolicyTypes.Should().Equal("Ingress", "Egress");
        spec.PodSelector!.MatchLabels.Should().NotBeEmpty("an empty selector would isolate the whole namespace");

        var open = spec.Ingress!.SelectMany(rule => rule.Ports!).Select(p => int.Parse(p.Port!.ToString()!)).ToHashSet();
        open.Should().BeSubsetOf([8012, 8013, 8112, 9090, 18080, 18090]);
        spec.Ingress.Should().OnlyContain(rule => rule.FromProperty!.Count > 0 && rule.Ports!.Count > 0);

        // No list of peers at all, or an empty one, means everywhere.
        spec.Egress.Should().OnlyContain(rule => rule.To!.Count > 0);
        foreach (var selector in spec.Ingress!.SelectMany(r => r.FromProperty!).Concat(spec.Egress!.SelectMany(r => r.To!)).Select(p => p.NamespaceSelector).OfType<V1LabelSelector>())
        {
            ((selector.MatchLabels?.Count ?? 0) + (selector.MatchExpressions?.Count ?? 0)).Should().BePositive("an empty selector is every namespace");
            (selector.MatchExpressions ?? []).Should().NotContain(e => e.Values!.Count == 0, "the API server refuses an empty list");
        }

        foreach (var block in spec.Egress!.SelectMany(r => r.To!).Select(p => p.IpBlock).OfType<V1IPBlock>())
        {
            var range = System.Net.IPNetwork.Parse(block.Cidr);
            (block.Except ?? []).Select(System.Net.IPNetwork.Parse).Should().NotContain(e => e.PrefixLength <= range.PrefixLength || !range.Contains(e.BaseAddress));
        }
    }

    [TestCaseSource(nameof(Names))]
    public void The_proxy_reaches_dns(string name)
    {
        var dns = Children(name).OfType<V1NetworkPolicy>().Single().Spec.Egress![0];
        dns.Ports!.Select(p => $"{p.Protocol}/{p.Port}").Should().BeEquivalentTo("UDP/53", "TCP/53");
    }

    [TestCaseSource(nameof(Names))]
    public void A_knative_service_bears_its_scale_on_the_template_and_its_visibility_as_a_label(string name)
    {
        foreach (var service in Children(name).OfType<KnativeService>())
        {
            service.Metadata.Annotations!.Keys.Should().NotContain(k => k.StartsWith("autoscaling.knative.dev/", StringComparison.Ordinal));
            service.Spec.Template.Metadata.Annotations!.Keys.Should().Contain("autoscaling.knative.dev/min-scale").And.Contain("autoscaling.knative.dev/max-scale");
            service.Spec.Template.Metadata.Labels!.Keys.Should().NotContain("networking.knative.dev/visibility");
            service.Spec.Template.Metadata.Name.Should().StartWith(service.Metadata.Name + "-", "Knative asks for that");
            service.Spec.Traffic.Should().ContainSingle().Which.Should().Match<KnativeTrafficTarget>(t => t.RevisionName == service.Spec.Template.Metadata.Name && t.Percent == 100);
            (service.Metadata.Labels!.GetValueOrDefault("networking.knative.dev/visibility") == "cluster-local").Should().Be(name is not ("external-scaling" or "full"));
        }
    }

    /// <summary>A ServiceMonitor finds Services by label and a Service's port by its name; a number as target port needs no declared port.</summary>
    [TestCaseSource(nameof(Names))]
    public void The_monitor_finds_the_metrics_service_and_no_other(string name)
    {
        foreach (var monitor in Children(name).OfType<V1ServiceMonitor>())
        {
            var found = Children(name).OfType<V1Service>().Where(s => monitor.Spec.Selector.MatchLabels!.All(l => s.Metadata.Labels!.GetValueOrDefault(l.Key) == l.Value));
            var service = found.Should().ContainSingle().Subject;
            service.Spec.ClusterIP.Should().Be("None");
            service.Spec.Ports!.Single(p => p.Name == monitor.Spec.Endpoints!.Single().Port).TargetPort.ToString().Should().Be("18090");
            var labels = Pods(name).Any() ? Children(name).OfType<V1Deployment>().Select(d => d.Spec.Template.Metadata.Labels!).Concat(Children(name).OfType<KnativeService>().Select(k => k.Spec.Template.Metadata.Labels!)).Single() : new Dictionary<string, string>();
            service.Spec.Selector.Should().BeSubsetOf(labels);
            Children(name).OfType<V1NetworkPolicy>().Single().Spec.PodSelector!.MatchLabels.Should().BeSubsetOf(labels);
        }
    }

    [Test]
    public void Optional_children_are_absent_where_nobody_asked_for_them()
    {
        Children("monitoring-off").Should().NotContain(c => c is V1ServiceMonitor).And.NotContain(c => c is V1Service);
        Children("minimal-knative").Should().NotContain(c => c is V1Deployment).And.NotContain(c => c is V1Service && !c.Metadata.Name.EndsWith("-metrics", StringComparison.Ordinal));
        Children("minimal-deployment").Should().NotContain(c => c is KnativeService);
    }

    [TestCase("012.0.0.0/8", false)]
    [TestCase("0xa000000/8", false)]
    [TestCase("0/0", false)]
    [TestCase("10/8", false)]
    [TestCase("10.0.0.1/8", false)]
    [TestCase("10.0.0.0", false)]
    [TestCase("10.0.0.0/33", false)]
    [TestCase("10.0.0.0/08", false)]
    [TestCase(" 10.0.0.0/8", false)]
    [TestCase("fe80::%eth0/64", false)]
    [TestCase("::1/64", false)]
    [TestCase("0.0.0.0/0", true)]
    [TestCase("10.0.0.0/8", true)]
    [TestCase("::/0", true)]
    [TestCase("FC00::/7", true)]
    [TestCase("2001:db8:0:0::/32", true)]
    public void A_range_is_what_the_api_server_takes_for_one(string text, bool valid) => Generators.MCPServers.Cidr.IsValid(text).Should().Be(valid);

    [TestCase("egress: [{ports: [443]}]", "names neither namespaces nor cidrs")]
    [TestCase("egress: [{cidrs: [10.0.0.1/8]}]", "no bits set after the prefix")]
    [TestCase("egress: [{cidrs: [10.0.0.0/8], except: [10.1.0.0]}]", "'10.1.0.0' is no range")]
    [TestCase("egress: [{cidrs: [169.254.169.254/32]}]", "link-local")]
    [TestCase("egress: [{cidrs: [169.254.0.0/16]}]", "link-local")]
    [TestCase("egress: [{namespaces: [a], ports: [0]}]", "ports run from 1 to 65535")]
    [TestCase("egress: [{namespaces: [a], ports: [65536]}]", "ports run from 1 to 65535")]
    public void A_bad_permission_profile_opens_nothing_and_says_why(string yaml, string why)
    {
        var profile = Manifests.StrictYaml.Load<PermissionProfile>(yaml, "profile.yaml");

        Generators.MCPServers.PermissionProfiles.Checked(profile, out var problem).Egress.Should().BeEmpty();
        problem!.Message.Should().Contain("egress[0]").And.Contain(why);
    }
}
