# Where things go on this machine, or below DESTDIR for a package.
PREFIX     ?= /usr/local
SYSCONFDIR ?= /etc
SBINDIR    := $(PREFIX)/sbin
UNITDIR    ?= $(PREFIX)/lib/systemd/system
CONFIG     := $(SYSCONFDIR)/xnlb

# Installs the command, its unit for systemd and an example of a configuration, below DESTDIR and PREFIX=/usr/local.
# A configuration that is there stays. A running daemon is not disturbed: the new file takes the old one's place.
.PHONY: install
install: $(BUILD)/xnlb
	install -d $(DESTDIR)$(SBINDIR) $(DESTDIR)$(UNITDIR) $(DESTDIR)$(CONFIG)
	install -m 755 $< $(DESTDIR)$(SBINDIR)/.xnlb.new
	mv -f $(DESTDIR)$(SBINDIR)/.xnlb.new $(DESTDIR)$(SBINDIR)/xnlb
	sed 's|/usr/local/sbin/|$(SBINDIR)/|; s|/etc/xnlb/|$(CONFIG)/|' packaging/xnlb@.service >$(DESTDIR)$(UNITDIR)/xnlb@.service
	chmod 644 $(DESTDIR)$(UNITDIR)/xnlb@.service
	test -e $(DESTDIR)$(CONFIG)/example.yaml || install -m 644 examples/smallest.yaml $(DESTDIR)$(CONFIG)/example.yaml

# Removes what `make install` has put there; configurations and keys stay.
.PHONY: uninstall
uninstall:
	rm -f $(DESTDIR)$(SBINDIR)/xnlb $(DESTDIR)$(UNITDIR)/xnlb@.service
	if cmp -s examples/smallest.yaml $(DESTDIR)$(CONFIG)/example.yaml; then rm $(DESTDIR)$(CONFIG)/example.yaml; fi
	if test -d $(DESTDIR)$(CONFIG); then rmdir --ignore-fail-on-non-empty $(DESTDIR)$(CONFIG); fi
