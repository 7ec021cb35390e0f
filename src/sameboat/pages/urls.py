"""Addresses of the pages that all faces share."""

from django.urls import path

from sameboat.pages import views

app_name = "pages"
urlpatterns = [
    path("type", views.choose_type, name="type"),
]
